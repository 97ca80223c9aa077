-- identity.profiles: a display name has one spelling and nothing invisible in it; the rest is short and well-formed.

BEGIN;
SELECT plan(35);
\ir ../fixtures/alice_and_bob.psql

SELECT columns_are('identity', 'profiles', ARRAY[
    'user_id', 'display_name', 'country', 'timezone', 'reporting_asset_id', 'preferences', 'updated_at'
]);
SELECT indexes_are('identity', 'profiles', ARRAY['profiles_pkey', 'profiles_reporting_asset_id_idx']);
SELECT results_eq(
    $$ SELECT a.attname::text COLLATE "default" FROM pg_attribute AS a
       WHERE a.attrelid = 'identity.profiles'::regclass AND a.attnum > 0 AND NOT a.attnotnull
       AND NOT a.attisdropped ORDER BY a.attname $$,
    ARRAY['country', 'display_name', 'reporting_asset_id'],
    'nothing else may be unknown'
);

PREPARE named(text) AS UPDATE identity.profiles SET display_name = $1 WHERE user_id = :'alice';
PREPARE living_in(text) AS UPDATE identity.profiles SET country = $1 WHERE user_id = :'alice';
PREPARE on_the_clock_of(text) AS UPDATE identity.profiles SET timezone = $1 WHERE user_id = :'alice';
PREPARE preferring(jsonb) AS UPDATE identity.profiles SET preferences = $1 WHERE user_id = :'alice';
PREPARE totals_in_nothing AS UPDATE identity.profiles SET reporting_asset_id = -1 WHERE user_id = :'alice';
PREPARE profile_of_nobody AS INSERT INTO identity.profiles (user_id) VALUES ('cccccccc-0000-4000-8000-00000000000c');
PREPARE second_profile AS INSERT INTO identity.profiles (user_id) VALUES (:'alice');
PREPARE alice_goes AS DELETE FROM identity.users WHERE id = :'alice';

SELECT lives_ok($$ EXECUTE named('Alice') $$, 'a name may be plain');
SELECT lives_ok($$ EXECUTE named('阿丽丝 Ünal-O’Brien 😀') $$, 'a name may be in any script');
SELECT lives_ok($$ EXECUTE named(repeat('é', 64)) $$, 'a name has at most 64 characters, however many bytes');
SELECT lives_ok($$ EXECUTE named(NULL) $$, 'a user may have no name');
SELECT throws_ok($$ EXECUTE named(repeat('a', 65)) $$, '23514', NULL, 'a name is not longer');
SELECT throws_ok($$ EXECUTE named('') $$, '23514', NULL, 'a name is not empty');
SELECT throws_ok($$ EXECUTE named(' Alice') $$, '23514', NULL, 'a name does not begin with a blank');
SELECT throws_ok($$ EXECUTE named('Alice ') $$, '23514', NULL, 'a name does not end with a blank');
SELECT throws_ok($$ EXECUTE named(E'Ali\u200Bce') $$, '23514', NULL, 'a name has no zero-width space');
SELECT throws_ok($$ EXECUTE named(E'Ali\u200Dce') $$, '23514', NULL, 'a name has no zero-width joiner');
SELECT throws_ok($$ EXECUTE named(E'\uFEFFAlice') $$, '23514', NULL, 'a name has no byte order mark');
SELECT throws_ok($$ EXECUTE named(E'Ali\u00ADce') $$, '23514', NULL, 'a name has no soft hyphen');
SELECT throws_ok($$ EXECUTE named(E'Ali\u2060ce') $$, '23514', NULL, 'a name has no word joiner');
SELECT throws_ok($$ EXECUTE named(E'Ali\nce') $$, '23514', NULL, 'a name has no line feed');
SELECT throws_ok(
    $$ EXECUTE named(E'Ali\u0085ce') $$, '23514', NULL, 'a name has no control character of the upper row'
);
SELECT throws_ok($$ EXECUTE named(E'Ali\u2028ce') $$, '23514', NULL, 'a name is one line');
SELECT throws_ok($$ EXECUTE named(E'\u202EecilA') $$, '23514', NULL, 'a name overrides no direction');
SELECT throws_ok($$ EXECUTE named(E'\u2067ecilA\u2069') $$, '23514', NULL, 'a name turns no text around');
SELECT throws_ok($$ EXECUTE named(E'Ａlice') $$, '23514', NULL, 'a name in wide letters is not NFKC');
SELECT throws_ok($$ EXECUTE named(E'Rene\u0301') $$, '23514', NULL, 'a letter and its accent are one character');
SELECT throws_ok($$ EXECUTE named(E'Alice\u00A0B') $$, '23514', NULL, 'a blank is a plain one');

UPDATE identity.profiles SET updated_at = '2001-01-01 00:00:00+00' WHERE user_id = :'alice';
SELECT results_eq(
    $$ SELECT updated_at > '2001-01-01 00:00:00+00' FROM identity.profiles
       WHERE user_id = 'aaaaaaaa-0000-4000-8000-00000000000a' $$,
    ARRAY[TRUE], 'the server says when a profile changed'
);
SELECT throws_ok($$ EXECUTE living_in('ch') $$, '23514', NULL, 'a country is two upper-case letters');
SELECT throws_ok($$ EXECUTE on_the_clock_of('Europe/Zürich') $$, '23514', NULL, 'a time zone is an IANA name');
SELECT lives_ok($$ EXECUTE on_the_clock_of('America/Argentina/Buenos_Aires') $$, 'of any depth');
SELECT throws_ok($$ EXECUTE preferring('["dark"]') $$, '23514', NULL, 'preferences are an object');
SELECT throws_ok(
    $$ EXECUTE preferring(jsonb_build_object('note', repeat('x', 8200))) $$, '23514', NULL,
    'preferences have at most 8 kB'
);
SELECT throws_ok('totals_in_nothing', '23503', NULL, 'totals are shown in an asset');
SELECT throws_ok('profile_of_nobody', '23503', NULL, 'a profile is a user''s');
SELECT throws_ok('second_profile', '23505', NULL, 'a user has one profile');
SELECT throws_ok(
    'alice_goes',
    CASE WHEN current_setting('server_version_num')::integer >= 180000 THEN '23001' ELSE '23503' END, NULL,
    'a user is not deleted from under their profile'
);
SELECT results_eq(
    $$ SELECT user_id, display_name, country, timezone, preferences FROM identity.profiles
       WHERE user_id IN ('aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b')
       ORDER BY user_id $$,
    $$ VALUES
        (
            'aaaaaaaa-0000-4000-8000-00000000000a'::uuid, NULL::text, NULL::text, 'America/Argentina/Buenos_Aires',
            '{}'::jsonb
        ),
        ('bbbbbbbb-0000-4000-8000-00000000000b', NULL, NULL, 'UTC', '{}') $$,
    'a new profile says nothing, and the refusals changed nothing'
);

SELECT finish();
ROLLBACK;
