-- SPDX-License-Identifier: ISC
CREATE TABLE users (name TEXT PRIMARY KEY, password TEXT NOT NULL);
CREATE TABLE mail (id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL, octets INTEGER, body BLOB NOT NULL);
CREATE INDEX mail_owner ON mail (owner, id);
