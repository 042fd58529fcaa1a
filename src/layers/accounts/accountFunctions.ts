// Database functions for concurrent changes of accounts: each locks the user's row, and each
// statement sees what the previous holder committed (parts of one statement would not).

/** Deletes a user's passkey, never the last. */
export const removeCredential = `CREATE FUNCTION remove_credential(of_user text, credential text) RETURNS boolean
  LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM users WHERE user_id = of_user FOR NO KEY UPDATE;
    DELETE FROM credentials WHERE user_id = of_user AND credential_id = credential
      AND (SELECT count(*) FROM credentials WHERE user_id = of_user) > 1;
    RETURN FOUND;
  END $$`

/**
 * Links a visitor to a user. If it belongs to another user, returns one of the user's own, or links
 * `another`.
 */
export const claimVisitor = `CREATE FUNCTION claim_visitor(for_user text, visitor text, another text) RETURNS text
  LANGUAGE plpgsql AS $$
  DECLARE
    theirs text;
  BEGIN
    PERFORM 1 FROM users WHERE user_id = for_user FOR NO KEY UPDATE;
    INSERT INTO user_visitors VALUES (visitor, for_user) ON CONFLICT DO NOTHING;
    SELECT visitor_id INTO theirs FROM user_visitors WHERE user_id = for_user
      ORDER BY visitor_id = visitor DESC, visitor_id LIMIT 1;
    IF theirs IS NULL THEN
      INSERT INTO user_visitors VALUES (another, for_user) RETURNING visitor_id INTO theirs;
    END IF;
    RETURN theirs;
  END $$`

/** The same with a maximum number of visitors. (Older releases call the function above.) */
export const claimVisitorWithin = `CREATE FUNCTION claim_visitor(for_user text, visitor text, another text, at_most integer) RETURNS text
  LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM 1 FROM users WHERE user_id = for_user FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM user_visitors WHERE user_id = for_user) < at_most THEN
      RETURN claim_visitor(for_user, visitor, another);
    END IF;
    RETURN (SELECT visitor_id FROM user_visitors WHERE user_id = for_user
      ORDER BY visitor_id = visitor DESC, visitor_id LIMIT 1);
  END $$`
