//! `/v1/webhook_endpoints`.

use super::list::{List, Rows};
use super::{Answer, Call, params};
use crate::error::ApiError;
use crate::ids::Kind;
use crate::json::Json;
use crate::model::Endpoint;
use crate::random::mix;
use crate::render::write_endpoint;
use crate::world::World;

const MOST_ENDPOINTS: usize = 16;

pub(crate) fn list(world: &World, call: &Call<'_>) -> Answer {
    let keep = |index: u32| !world.endpoints[index as usize].deleted;
    List {
        kind: Kind::WebhookEndpoint,
        rows: Rows::All(world.endpoints.len() as u32),
        created: |index| world.endpoints[index as usize].created,
        keep,
    }
    .answer(world, call)
}

fn living(world: &World, call: &Call<'_>) -> Result<u32, ApiError> {
    let index = call.found(world, Kind::WebhookEndpoint)?;
    if world.endpoints[index as usize].deleted {
        Err(ApiError::no_such(Kind::WebhookEndpoint, call.id(), "id"))
    } else {
        Ok(index)
    }
}

pub(crate) fn get(world: &World, call: &Call<'_>) -> Answer {
    let index = living(world, call)?;
    call.object(world, Kind::WebhookEndpoint, index)
}

/// Delivers an event again to one endpoint, whatever types that wants, as the vendor's own command-line tool asks for.
pub(crate) fn resend(world: &mut World, call: &Call<'_>) -> Answer {
    let event = call.found(world, Kind::Event)?;
    let id = call.params.required("webhook_endpoint")?;
    let endpoint = world
        .place(Kind::WebhookEndpoint, id)
        .filter(|index| !world.endpoints[*index as usize].deleted)
        .ok_or_else(|| ApiError::missing("webhook endpoint", id, "webhook_endpoint"))?;
    if !world.endpoints[endpoint as usize].enabled {
        return Err(ApiError::refused(format!("The webhook endpoint {id} is disabled.")));
    }
    world.resends.push((event, endpoint));
    call.object(world, Kind::Event, event)
}

fn url(text: &str) -> Result<String, ApiError> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Ok(text.to_owned());
    }
    Err(ApiError::invalid("Invalid URL: An explicit scheme (such as https) must be provided.")
        .code("url_invalid")
        .param("url"))
}

pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let url = url(call.params.required("url")?)?;
    let events: Vec<String> = call.params.list("enabled_events")?.into_iter().map(str::to_owned).collect();
    if events.is_empty() {
        return Err(ApiError::invalid("Missing required param: enabled_events.")
            .code("parameter_missing")
            .param("enabled_events"));
    }
    let metadata = params::metadata(call.params, &Vec::new())?;
    let description = params::optional(call.params, "description")?.flatten();
    let api_version = call.params.filled("api_version")?.map(str::to_owned);
    if world.endpoints.iter().filter(|endpoint| !endpoint.deleted).count() >= MOST_ENDPOINTS {
        return Err(ApiError::refused(format!(
            "You have reached the maximum of {MOST_ENDPOINTS} test webhook endpoints."
        )));
    }
    let index = world.endpoints.len() as u32;
    let secret = format!(
        "whsec_{:016x}{:016x}",
        mix(world.seed ^ 0x7768_0000 ^ u64::from(index)),
        mix(world.seed ^ 0x7769_0000 ^ u64::from(index))
    );
    world.endpoints.push(Endpoint {
        created: call.now,
        url,
        secret,
        events,
        description,
        metadata,
        enabled: true,
        deleted: false,
        api_version,
    });
    let mut json = Json::new(&world.ids);
    write_endpoint(&mut json, index, &world.endpoints[index as usize], true);
    Ok(json.finish())
}

pub(crate) fn update(world: &mut World, call: &Call<'_>) -> Answer {
    let index = living(world, call)?;
    let new_url = call.params.filled("url")?.map(url).transpose()?;
    let events: Vec<String> = call.params.list("enabled_events")?.into_iter().map(str::to_owned).collect();
    let metadata = params::metadata(call.params, &world.endpoints[index as usize].metadata)?;
    let description = params::optional(call.params, "description")?;
    let disabled = call.params.boolean("disabled")?;
    let row = &mut world.endpoints[index as usize];
    row.metadata = metadata;
    params::set(&mut row.description, description);
    if let Some(url) = new_url {
        row.url = url;
    }
    if !events.is_empty() {
        row.events = events;
    }
    if let Some(disabled) = disabled {
        row.enabled = !disabled;
    }
    call.object(world, Kind::WebhookEndpoint, index)
}

pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let index = living(world, call)?;
    world.endpoints[index as usize].deleted = true;
    let mut json = Json::new(&world.ids);
    json.object(|json| {
        json.field_id("id", Kind::WebhookEndpoint, index);
        json.field("object", "webhook_endpoint");
        json.field_bool("deleted", true);
    });
    Ok(json.finish())
}
