-- SPDX-License-Identifier: ISC
CREATE TABLE users (name text PRIMARY KEY, password text NOT NULL);
CREATE TABLE mail (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL, octets bigint, body bytea NOT NULL);
CREATE INDEX mail_owner ON mail (owner, id);
