//! Every request, response, progress message and error code, declared once.
