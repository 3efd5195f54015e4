DROP TABLE call_reports;
DROP TABLE call_usage;
DROP TABLE call_budgets;
DROP TABLE call_limits;
