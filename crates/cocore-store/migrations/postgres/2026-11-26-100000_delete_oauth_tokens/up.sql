-- Sign-in keeps no tokens any more: they are revoked as soon as it is known who signed in.
DELETE FROM sealed WHERE kind = 'tokens';
