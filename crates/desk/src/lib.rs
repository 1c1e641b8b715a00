//! One running Desk per home: owns the writing connection and the scheduler; answers contract requests.
