using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.Metadata;
using Migrate.Api.Idempotency;
using Migrate.Planner.Persistence;

namespace Migrate.Api.Security.Keys;

internal static class KeyEndpoints
{
    private const int UsualDays = 90;

    public static void MapKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("keys").WithTags("Keys").Needs(Role.Admin);
        keys.MapGet("", async ([Description("Part of the name.")] string? filter, [AsParameters] Paging paging, ApiKeys store, TimeProvider time, CancellationToken cancellationToken) =>
        {
            var page = await store.ListAsync(filter, paging, cancellationToken);
            var now = time.GetUtcNow().UtcDateTime;
            return new Page<KeyView>([.. page.Items.Select(x => KeyView.Of(x, now))], paging.Number, paging.Size, page.Total);
        }).OrderedBy(ApiKeys.Orders).WithName("ListKeys").WithSummary("API keys, newest first unless another order is asked for. Their secrets are not kept.");
        keys.MapPost("", async (CreateKey request, ClaimsPrincipal user, ApiKeys store, EndpointDataSource endpoints, TimeProvider time, CancellationToken cancellationToken) =>
        {
            var (key, secret) = await store.CreateAsync(
                request.Name, request.Role, TimeSpan.FromDays(request.Days ?? UsualDays), request.Areas ?? [], AreasOf(endpoints), Account.Of(user)!.Name, cancellationToken);
            return TypedResults.Created($"/api/v1/keys/{key.Id}", new NewKeyView(KeyView.Of(key, time.GetUtcNow().UtcDateTime), secret));
        }).WithMetadata(new RepeatedCalls.NotKept()).WithName("CreateKey").WithSummary("Makes an API key and shows its secret, once.").ProducesProblem(422);
        keys.MapDelete("{id}", async (string id, ClaimsPrincipal user, ApiKeys store, TimeProvider time, CancellationToken cancellationToken) =>
            KeyView.Of(await store.RevokeAsync(id, Account.Of(user)!.Name, cancellationToken), time.GetUtcNow().UtcDateTime))
            .WithName("RevokeKey").WithSummary("Ends a key at once. It stays listed as revoked.").ProducesProblem(404);
    }

    /// <summary>The API's parts, by their tags.</summary>
    public static IReadOnlyCollection<string> AreasOf(EndpointDataSource endpoints) =>
        [.. endpoints.Endpoints.SelectMany(x => x.Metadata.GetMetadata<ITagsMetadata>()?.Tags ?? []).Distinct()];
}
