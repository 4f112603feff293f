-- First of all and alone: TimescaleDB has to be loaded before anything touches its objects.
CREATE EXTENSION IF NOT EXISTS timescaledb;
