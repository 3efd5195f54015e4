//! An entry of the audit trail as its account sees it.

use cocore_keys::Event;
use cocore_lexicon::dev::cocore::apikey::defs::EventView;
use lexicon_runtime::Datetime;

pub(super) fn event_view(event: Event) -> EventView {
    let mut view = EventView::new(
        Datetime::from_utc(event.at),
        event.kind.as_str(),
        event.key_id,
        event.credential.as_str(),
    );
    view.key_name = event.key_name;
    view.by_key = event.by_key;
    view.from = event.origin.address;
    view.user_agent = event.origin.user_agent;
    view.request_id = event.origin.request_id;
    view
}
