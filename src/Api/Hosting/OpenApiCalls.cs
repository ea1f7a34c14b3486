using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Migrate.Api.Idempotency;
using Migrate.Api.Operations;
using Migrate.Api.Versions;
using Migrate.Planner;

namespace Migrate.Api.Hosting;

/// <summary>What the OpenAPI document says of all calls alike: orders of lists, headers, answers that are no JSON, and how calls fail.</summary>
internal static class OpenApiCalls
{
    private const string Json = "application/json";
    private const string Events = "text/event-stream";

    public static Task Say(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        var changes = !HttpMethods.IsGet(context.Description.HttpMethod ?? "");
        SayOrders(operation, metadata);
        SayContents(operation);
        SayPlace(operation);
        if (metadata.OfType<OperationEndpoints.AskedAgain>().Any())
        {
            AddAnswered(operation, "200", "Retry-After", "Seconds until it is worth while to ask again; absent when it is over.");
        }

        SayVersion(operation, metadata, changes);
        var isKept = changes && !metadata.OfType<RepeatedCalls.NotKept>().Any();
        if (isKept)
        {
            AddHeader(operation, RepeatedCalls.Header, "1 to 128 visible characters: the same call with the same key within a day is done once.");
        }

        SayProblems(operation, context.Document, metadata, changes, isKept);
        return Task.CompletedTask;
    }

    private static void SayOrders(OpenApiOperation operation, IList<object> metadata)
    {
        if (metadata.OfType<IListOrders>().FirstOrDefault() is { } orders
            && operation.Parameters?.FirstOrDefault(x => x.Name == "sort") is OpenApiParameter { Schema: OpenApiSchema schema } sort)
        {
            sort.Description = $"{orders.Words()}; '-' before it turns the order round. {orders.Usual} when absent.";
            schema.Pattern = $"^-?({string.Join('|', orders.Names)})$";
        }
    }

    /// <summary>Tables, pages, scripts and streams of events are bytes to a client: what reads JSON cannot read them.</summary>
    private static void SayContents(OpenApiOperation operation)
    {
        foreach (var answer in (operation.Responses ?? []).Where(x => x.Key.StartsWith('2')).Select(x => x.Value.Content).ToList())
        {
            if (answer?.ContainsKey(Events) == true)
            {
                AddHeader(operation, "Last-Event-ID", "The id of the last event that was seen: the stream goes on after it.");
            }

            if (answer is not null && answer.Keys.Any(x => x != Json))
            {
                foreach (var type in answer.Keys.ToList())
                {
                    answer[type] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } };
                }
            }
        }
    }

    private static void SayPlace(OpenApiOperation operation)
    {
        foreach (var status in (string[])["201", "202"])
        {
            AddAnswered(operation, status, "Location", "Where to look at what was made, or is under way.");
        }
    }

    private static void SayVersion(OpenApiOperation operation, IList<object> metadata, bool changes)
    {
        if (!metadata.OfType<ResourceVersion.Versioned>().Any())
        {
            return;
        }

        if (changes)
        {
            AddHeader(operation, "If-Match", "The ETag that the caller has seen: refused with 412 if somebody else was faster.");
        }
        else
        {
            AddAnswered(operation, "200", "ETag", "Changes with what one decides by; for If-Match.");
        }
    }

    private static void SayProblems(OpenApiOperation operation, OpenApiDocument? document, IList<object> metadata, bool changes, bool isKept)
    {
        operation.Responses ??= [];
        if (operation.RequestBody is not null || operation.Parameters is { Count: > 0 })
        {
            Add("400", "Bad Request: it could not be read.");
        }

        Add("401", "Unauthorized: no token, or one that does not hold.");
        Add("403", "Forbidden: the role, or the key's areas, do not open it.");
        if (isKept)
        {
            Add("409", $"Conflict: a call with this {RepeatedCalls.Header} is under way.");
            Add("422", $"Unprocessable Entity: the {RepeatedCalls.Header} was used for another call.");
        }

        if (changes && metadata.OfType<ResourceVersion.Versioned>().Any())
        {
            Add("412", "Precondition Failed: somebody else changed it since it was looked at.");
        }

        Add("default", "Any other failure.");

        void Add(string status, string description) => operation.Responses.TryAdd(status, new OpenApiResponse
        {
            Description = description,
            Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = new OpenApiSchemaReference(nameof(ProblemDetails), document) } },
        });
    }

    private static void AddHeader(OpenApiOperation operation, string name, string description)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter { Name = name, In = ParameterLocation.Header, Description = description, Schema = Text() });
    }

    private static void AddAnswered(OpenApiOperation operation, string status, string name, string description)
    {
        if (operation.Responses?.GetValueOrDefault(status) is OpenApiResponse answer)
        {
            answer.Headers ??= new Dictionary<string, IOpenApiHeader>();
            answer.Headers[name] = new OpenApiHeader { Description = description, Schema = Text() };
        }
    }

    private static OpenApiSchema Text() => new() { Type = JsonSchemaType.String };
}
