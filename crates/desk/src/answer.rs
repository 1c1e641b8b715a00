//! Answers: one file per subject, one function per request.

pub(crate) mod accounts;
pub(crate) mod airlock;
mod approval_views;
pub(crate) mod approvals;
mod approved;
pub(crate) mod approvers;
pub(crate) mod book;
pub(crate) mod bulk;
mod bulk_blame;
mod bulk_cover;
mod bulk_job;
pub(crate) mod bulk_run;
pub(crate) mod bulk_sending;
mod bulk_view;
pub(crate) mod calls;
mod channel_views;
pub(crate) mod channels;
pub(crate) mod completion;
mod conversations;
pub(crate) mod deliveries;
mod destinations;
pub(crate) mod diagnostics;
pub(crate) mod dotenv;
pub(crate) mod endpoint_secrets;
pub(crate) mod endpoints;
mod event_diff;
mod event_export;
pub(crate) mod events;
pub(crate) mod evidence;
pub(crate) mod exports;
mod history;
pub(crate) mod home;
mod hook_secrets;
mod hooks;
pub(crate) mod intents;
pub(crate) mod keeping;
pub(crate) mod limits;
pub(crate) mod lookup;
mod mail_accounts;
mod mail_activity;
mod mail_import;
mod mail_lists;
mod mail_run_job;
mod mail_run_view;
mod mail_runs;
mod messages;
pub(crate) mod overview;
pub(crate) mod payments;
pub(crate) mod proof;
pub(crate) mod proof_calendar;
pub(crate) mod refund_notices;
pub(crate) mod refunds;
mod relay_book;
pub(crate) mod replays;
pub(crate) mod replies;
mod resend;
pub(crate) mod run_approvals;
pub(crate) mod saved_views;
pub(crate) mod scope;
pub(crate) mod sms;
mod sms_accounts;
mod sql;
pub(crate) mod sync;
mod telemetry;
mod text_templates;
mod trigger;
pub(crate) mod undo;
pub(crate) mod write_key;
pub(crate) mod writes;

use std::sync::Arc;

use contract::{ErrorBody, Request, Response};

use scope::Resolved;

/// Carries a request to the function that answers it. There is nothing to decide here.
pub(crate) async fn dispatch(scope: Resolved, request: Request) -> Result<Response, ErrorBody> {
    let desk = Arc::clone(&scope.desk);
    // A write takes its key and writes its intent down before that key can be changed.
    let _by_this_key = if request.endpoint().writes { Some(desk.changing_keys.read().await) } else { None };
    Ok(match request {
        Request::show_home(request) => Response::show_home(home::show(&scope, request).await?),
        Request::unlock_writes(request) => Response::unlock_writes(airlock::unlock(&scope, request).await?),
        Request::lock_writes(request) => Response::lock_writes(airlock::lock(&scope, request).await?),
        Request::touch_unlock(request) => Response::touch_unlock(airlock::touch(&scope, request)),
        Request::set_unlock_passphrase(request) => {
            Response::set_unlock_passphrase(airlock::set_passphrase(&scope, request).await?)
        }
        Request::list_accounts(_) => Response::list_accounts(accounts::list(&scope).await?),
        Request::connect_account(request) => {
            Response::connect_account(accounts::connect(&scope, request).await?)
        }
        Request::open_sandbox(_) => Response::open_sandbox(accounts::open_sandbox(&scope).await?),
        Request::check_account(request) => Response::check_account(accounts::check(&scope, request).await?),
        Request::rename_account(request) => {
            Response::rename_account(accounts::rename(&scope, request).await?)
        }
        Request::set_reporting_zone(request) => {
            Response::set_reporting_zone(accounts::set_reporting_zone(&scope, request).await?)
        }
        Request::set_refund_limits(request) => {
            Response::set_refund_limits(limits::set(&scope, request).await?)
        }
        Request::set_write_key(request) => Response::set_write_key(write_key::set(&scope, request).await?),
        Request::remove_account(request) => {
            Response::remove_account(accounts::remove(&scope, request).await?)
        }
        Request::start_sync(request) => Response::start_sync(sync::start(&scope, request).await?),
        Request::cancel_sync(request) => Response::cancel_sync(sync::cancel(&scope, request).await?),
        Request::show_sync(_) => Response::show_sync(sync::show(&scope).await?),
        Request::find_payments(request) => Response::find_payments(payments::find(&scope, request).await?),
        Request::count_payments(request) => Response::count_payments(payments::count(&scope, request).await?),
        Request::complete_query(request) => {
            Response::complete_query(completion::complete(&scope, request).await?)
        }
        Request::run_sql(request) => Response::run_sql(sql::run(&scope, request).await?),
        Request::list_sql_views(_) => Response::list_sql_views(sql::views(&scope).await?),
        Request::show(request) => Response::show(payments::show(&scope, request).await?),
        Request::show_customer(request) => {
            Response::show_customer(payments::show_customer(&scope, &request.id).await?)
        }
        Request::show_overview(request) => Response::show_overview(overview::show(&scope, request).await?),
        Request::preflight_refund(request) => {
            Response::preflight_refund(refunds::preflight(&scope, request).await?)
        }
        Request::issue_refund(request) => Response::issue_refund(refunds::issue(&scope, request).await?),
        Request::cancel_refund(request) => Response::cancel_refund(refunds::cancel(&scope, request).await?),
        Request::list_refunds(request) => Response::list_refunds(refunds::list(&scope, request).await?),
        Request::settle_refunds(request) => Response::settle_refunds(refunds::settle(&scope, request).await?),
        Request::acknowledge_intent(request) => {
            Response::acknowledge_intent(refunds::acknowledge(&scope, request).await?)
        }
        Request::close_intent(request) => Response::close_intent(refunds::close(&scope, request).await?),
        Request::withdraw_intent(request) => {
            Response::withdraw_intent(undo::withdraw(&scope, request).await?)
        }
        Request::release_intent(request) => Response::release_intent(undo::release(&scope, request).await?),
        Request::count_refunds(request) => Response::count_refunds(refunds::count(&scope, request).await?),
        Request::set_undo_window(request) => {
            Response::set_undo_window(undo::set_window(&scope, request).await?)
        }
        Request::show_my_key(request) => Response::show_my_key(approvers::show_mine(&scope, request).await?),
        Request::list_approvers(request) => Response::list_approvers(approvers::list(&scope, request).await?),
        Request::trust_approver(request) => {
            Response::trust_approver(approvers::trust(&scope, request).await?)
        }
        Request::distrust_approver(request) => {
            Response::distrust_approver(approvers::distrust(&scope, request).await?)
        }
        Request::ask_approval(request) => Response::ask_approval(approvals::ask(&scope, request).await?),
        Request::ask_run_approval(request) => {
            Response::ask_run_approval(run_approvals::ask(&scope, request).await?)
        }
        Request::list_approvals(request) => Response::list_approvals(approvals::list(&scope, request).await?),
        Request::open_approval(request) => Response::open_approval(approvals::open(&scope, request).await?),
        Request::list_approval_rows(request) => {
            Response::list_approval_rows(run_approvals::rows(&scope, request).await?)
        }
        Request::decide_approval(request) => {
            Response::decide_approval(approvals::decide(&scope, request).await?)
        }
        Request::take_approval(request) => Response::take_approval(approvals::take(&scope, request).await?),
        Request::read_bulk(request) => Response::read_bulk(bulk::read(&scope, request).await?),
        Request::import_bulk(request) => Response::import_bulk(bulk::import(&scope, request).await?),
        Request::list_bulk_runs(request) => Response::list_bulk_runs(bulk::list(&scope, request).await?),
        Request::show_bulk_run(request) => Response::show_bulk_run(bulk::show(&scope, request).await?),
        Request::list_bulk_rows(request) => Response::list_bulk_rows(bulk::rows(&scope, request).await?),
        Request::tick_bulk_rows(request) => Response::tick_bulk_rows(bulk::tick(&scope, request).await?),
        Request::run_bulk(request) => Response::run_bulk(bulk_run::run(&scope, request).await?),
        Request::pause_bulk(request) => Response::pause_bulk(bulk_run::pause(&scope, request).await?),
        Request::cancel_bulk(request) => Response::cancel_bulk(bulk_run::cancel(&scope, request).await?),
        Request::write_bulk_receipts(request) => {
            Response::write_bulk_receipts(bulk::receipts(&scope, request).await?)
        }
        Request::create_payment(request) => {
            Response::create_payment(writes::create_payment(&scope, request).await?)
        }
        Request::confirm_payment(request) => {
            Response::confirm_payment(writes::confirm_payment(&scope, request).await?)
        }
        Request::capture_payment(request) => {
            Response::capture_payment(writes::capture_payment(&scope, request).await?)
        }
        Request::cancel_payment(request) => {
            Response::cancel_payment(writes::cancel_payment(&scope, request).await?)
        }
        Request::create_customer(request) => {
            Response::create_customer(writes::create_customer(&scope, request).await?)
        }
        Request::show_proof(request) => Response::show_proof(proof_calendar::show(&scope, request).await?),
        Request::show_proof_day(request) => {
            Response::show_proof_day(proof_calendar::show_day(&scope, request).await?)
        }
        Request::run_proof(request) => Response::run_proof(proof::run(&scope, request).await?),
        Request::cancel_proof(request) => Response::cancel_proof(proof::cancel(&scope, request).await?),
        Request::check_mirror_file(_) => Response::check_mirror_file(keeping::check(&scope).await?),
        Request::backup_mirror(request) => Response::backup_mirror(keeping::backup(&scope, request).await?),
        Request::restore_mirror(request) => {
            Response::restore_mirror(keeping::restore(&scope, request).await?)
        }
        Request::rekey_mirror(request) => Response::rekey_mirror(keeping::rekey(&scope, request).await?),
        Request::erase_customer(request) => Response::erase_customer(keeping::erase(&scope, request).await?),
        Request::export_customer(request) => {
            Response::export_customer(keeping::export(&scope, request).await?)
        }
        Request::list_calls(request) => Response::list_calls(calls::list(&scope, request).await?),
        Request::start_export(request) => Response::start_export(exports::start(&scope, request).await?),
        Request::cancel_export(request) => Response::cancel_export(exports::cancel(&scope, request).await?),
        Request::list_exports(request) => Response::list_exports(exports::list(&scope, request).await?),
        Request::list_views(request) => Response::list_views(saved_views::list(&scope, request).await?),
        Request::save_view(request) => Response::save_view(saved_views::save(&scope, request).await?),
        Request::rename_view(request) => Response::rename_view(saved_views::rename(&scope, request).await?),
        Request::remove_view(request) => Response::remove_view(saved_views::remove(&scope, request).await?),
        Request::take_gained_views(request) => {
            Response::take_gained_views(saved_views::take_gained(&scope, request).await?)
        }
        Request::export_views(request) => Response::export_views(saved_views::export(&scope, request).await?),
        Request::import_views(request) => Response::import_views(saved_views::import(&scope, request).await?),
        Request::note_look_up(request) => Response::note_look_up(book::note_look_up(&scope, request).await?),
        Request::list_book(request) => Response::list_book(book::list(&scope, request).await?),
        Request::verify_book(request) => Response::verify_book(book::verify(&scope, request).await?),
        Request::export_book(request) => Response::export_book(book::export(&scope, request).await?),
        Request::accept_book_loss(request) => {
            Response::accept_book_loss(book::accept_loss(&scope, request).await?)
        }
        Request::set_my_name(request) => Response::set_my_name(book::set_my_name(&scope, request).await?),
        Request::connect_mail(request) => {
            Response::connect_mail(mail_accounts::connect(&scope, request).await?)
        }
        Request::sync_messages(request) => Response::sync_messages(sms::sync(&scope, request).await?),
        Request::show_mail_settings(request) => {
            Response::show_mail_settings(mail_accounts::show(&scope, request).await?)
        }
        Request::set_mail_settings(request) => {
            Response::set_mail_settings(mail_accounts::set(&scope, request).await?)
        }
        Request::show_refund_notices(request) => {
            Response::show_refund_notices(refund_notices::show(&scope, request).await?)
        }
        Request::set_refund_notices(request) => {
            Response::set_refund_notices(refund_notices::set(&scope, request).await?)
        }
        Request::list_templates(request) => {
            Response::list_templates(mail_lists::templates(&scope, request).await?)
        }
        Request::show_template(request) => {
            Response::show_template(mail_lists::show_template(&scope, request).await?)
        }
        Request::list_text_templates(request) => {
            Response::list_text_templates(text_templates::list(&scope, request).await?)
        }
        Request::save_text_template(request) => {
            Response::save_text_template(text_templates::save(&scope, request).await?)
        }
        Request::remove_text_template(request) => {
            Response::remove_text_template(text_templates::remove(&scope, request).await?)
        }
        Request::list_suppressions(request) => {
            Response::list_suppressions(mail_lists::suppressions(&scope, request).await?)
        }
        Request::list_groups(request) => Response::list_groups(mail_lists::groups(&scope, request).await?),
        Request::read_mail_list(request) => Response::read_mail_list(mail_runs::read(&scope, request).await?),
        Request::import_mail_run(request) => {
            Response::import_mail_run(mail_runs::import(&scope, request).await?)
        }
        Request::list_mail_runs(request) => Response::list_mail_runs(mail_runs::list(&scope, request).await?),
        Request::show_mail_run(request) => Response::show_mail_run(mail_runs::show(&scope, request).await?),
        Request::preview_mail_run(request) => {
            Response::preview_mail_run(mail_runs::preview(&scope, request).await?)
        }
        Request::list_mail_run_rows(request) => {
            Response::list_mail_run_rows(mail_runs::rows(&scope, request).await?)
        }
        Request::run_mail(request) => Response::run_mail(mail_run_job::run(&scope, request).await?),
        Request::pause_mail_run(request) => {
            Response::pause_mail_run(mail_run_job::pause(&scope, request).await?)
        }
        Request::cancel_mail_run(request) => {
            Response::cancel_mail_run(mail_run_job::cancel(&scope, request).await?)
        }
        Request::hold_mail_run(request) => {
            Response::hold_mail_run(mail_run_job::hold(&scope, request).await?)
        }
        Request::preview_message(request) => {
            Response::preview_message(messages::preview(&scope, request).await?)
        }
        Request::send_message(request) => Response::send_message(messages::send(&scope, request).await?),
        Request::import_messages(request) => {
            Response::import_messages(mail_import::import(&scope, request).await?)
        }
        Request::check_activity(request) => {
            Response::check_activity(mail_activity::check(&scope, request).await?)
        }
        Request::take_back_message(request) => {
            Response::take_back_message(conversations::take_back(&scope, request).await?)
        }
        Request::show_thread(request) => Response::show_thread(conversations::thread(&scope, request).await?),
        Request::link_message(request) => Response::link_message(messages::link(&scope, request).await?),
        Request::unlink_message(request) => {
            Response::unlink_message(messages::unlink(&scope, request).await?)
        }
        Request::count_messages(request) => Response::count_messages(messages::count(&scope, request).await?),
        Request::list_messages(request) => Response::list_messages(messages::list(&scope, request).await?),
        Request::show_message(request) => Response::show_message(messages::show(&scope, request).await?),
        Request::close_message(request) => Response::close_message(messages::close(&scope, request).await?),
        Request::prepare_replies(request) => {
            Response::prepare_replies(replies::prepare(&scope, request).await?)
        }
        Request::write_evidence(request) => Response::write_evidence(evidence::write(&scope, request).await?),
        Request::open_hook(request) => Response::open_hook(hooks::open(&scope, request).await?),
        Request::hold_lan(request) => Response::hold_lan(hooks::hold_lan(&scope, request)?),
        Request::list_hooks(request) => Response::list_hooks(hooks::list(&scope, request).await?),
        Request::remove_hook(request) => Response::remove_hook(hooks::remove(&scope, request).await?),
        Request::list_events(request) => Response::list_events(history::list(&scope, request).await?),
        Request::count_events(request) => Response::count_events(history::count(&scope, request).await?),
        Request::diff_events(request) => Response::diff_events(event_diff::diff(&scope, request).await?),
        Request::export_events(request) => {
            Response::export_events(event_export::export(&scope, request).await?)
        }
        Request::show_missed(request) => Response::show_missed(history::missed(&scope, request).await?),
        Request::trigger_event(request) => Response::trigger_event(trigger::trigger(&scope, request).await?),
        Request::resend_event(request) => Response::resend_event(resend::resend(&scope, request).await?),
        Request::record_received(request) => {
            Response::record_received(event_export::record(&scope, request).await?)
        }
        Request::list_received(request) => {
            Response::list_received(events::list_received(&scope, request).await?)
        }
        Request::show_event(request) => Response::show_event(events::show(&scope, request).await?),
        Request::add_endpoint(request) => Response::add_endpoint(endpoints::add(&scope, request).await?),
        Request::change_endpoint(request) => {
            Response::change_endpoint(endpoints::change(&scope, request).await?)
        }
        Request::list_endpoints(request) => Response::list_endpoints(endpoints::list(&scope, request).await?),
        Request::show_endpoint(request) => Response::show_endpoint(endpoints::show(&scope, request).await?),
        Request::pause_endpoint(request) => {
            Response::pause_endpoint(endpoints::pause(&scope, request).await?)
        }
        Request::resume_endpoint(request) => {
            Response::resume_endpoint(endpoints::resume(&scope, request).await?)
        }
        Request::remove_endpoint(request) => {
            Response::remove_endpoint(endpoints::remove(&scope, request).await?)
        }
        Request::touch_endpoint(request) => {
            Response::touch_endpoint(endpoints::touch(&scope, request).await?)
        }
        Request::add_channel(request) => Response::add_channel(channels::add(&scope, request).await?),
        Request::change_channel(request) => {
            Response::change_channel(channels::change(&scope, request).await?)
        }
        Request::list_channels(request) => Response::list_channels(channels::list(&scope, request).await?),
        Request::preview_channel(request) => {
            Response::preview_channel(channel_views::preview(&scope, request).await?)
        }
        Request::test_channel(request) => Response::test_channel(channel_views::test(&scope, request).await?),
        Request::pause_channel(request) => Response::pause_channel(channels::pause(&scope, request).await?),
        Request::resume_channel(request) => {
            Response::resume_channel(channels::resume(&scope, request).await?)
        }
        Request::remove_channel(request) => {
            Response::remove_channel(channels::remove(&scope, request).await?)
        }
        Request::take_desktop_messages(request) => {
            Response::take_desktop_messages(channel_views::take_desktop(&scope, request).await?)
        }
        Request::list_sandbox_messages(request) => {
            Response::list_sandbox_messages(channel_views::list_sandbox(&scope, request).await?)
        }
        Request::list_deliveries(request) => {
            Response::list_deliveries(deliveries::list(&scope, request).await?)
        }
        Request::show_delivery(request) => Response::show_delivery(deliveries::show(&scope, request).await?),
        Request::start_replay(request) => Response::start_replay(replays::start(&scope, request).await?),
        Request::show_replay(request) => Response::show_replay(replays::show(&scope, request).await?),
        Request::list_replays(request) => Response::list_replays(replays::list(&scope, request).await?),
        Request::resume_replay(request) => Response::resume_replay(replays::resume(&scope, request).await?),
        Request::cancel_replay(request) => Response::cancel_replay(replays::cancel(&scope, request).await?),
        Request::read_log(request) => Response::read_log(diagnostics::read_log(&scope, request).await?),
        Request::list_destinations(_) => Response::list_destinations(destinations::list(&scope).await?),
        Request::show_telemetry(_) => Response::show_telemetry(telemetry::show(&scope).await),
        Request::set_telemetry(request) => Response::set_telemetry(telemetry::set(&scope, request).await?),
        Request::prepare_diagnostics(_) => Response::prepare_diagnostics(diagnostics::prepare(&scope).await?),
        Request::save_diagnostics(request) => {
            Response::save_diagnostics(diagnostics::save(&scope, &request)?)
        }
        Request::show_quota(_) => Response::show_quota(calls::quotas(&scope).await?),
    })
}
