using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Migrate.Planner.VSphere.Tags;

/// <summary>
/// vCenter's tagging service, which is no part of vim25: JSON over HTTPS with a session of its own. Since 7.0.2 it is under /api, before
/// under /rest, where answers are wrapped and paths are written in another way. The session ends with this object.
/// </summary>
internal sealed class TagService : IAsyncDisposable
{
    private const string SessionHeader = "vmware-api-session-id";

    private readonly HttpClient _http;
    private readonly Uri _root;
    private readonly bool _isOld;
    private string? _session;

    private TagService(HttpClient http, Uri root, bool isOld) => (_http, _root, _isOld) = (http, root, isOld);

    /// <summary>Logs in; null when the server has no such service.</summary>
    /// <exception cref="MigrateException">source.tags-unreadable; source.busy and source.unreachable, which pass.</exception>
    public static async Task<TagService?> OpenAsync(HttpClient http, VSphereEndpoint endpoint, CancellationToken cancellationToken)
    {
        foreach (var isOld in new[] { false, true })
        {
            var service = new TagService(http, new Uri(endpoint.Url, "/"), isOld);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service._root, isOld ? "/rest/com/vmware/cis/session" : "/api/session"));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{endpoint.UserName}:{endpoint.Password}")));
            if (await service.SendAsync(request, cancellationToken) is { } answer)
            {
                service._session = answer.GetValue<string>();
                return service;
            }
        }

        return null;
    }

    public async Task<IReadOnlyList<string>> TagIdsAsync(CancellationToken cancellationToken) =>
        [.. Strings(await GetAsync("tag", cancellationToken))];

    /// <summary>Name and category of a tag; null when it was deleted meanwhile.</summary>
    public async Task<(string Name, string CategoryId)?> TagAsync(string id, CancellationToken cancellationToken) =>
        await GetAsync(Item("tag", id), cancellationToken) is { } tag ? (tag["name"]!.GetValue<string>(), tag["category_id"]!.GetValue<string>()) : null;

    public async Task<string?> CategoryAsync(string id, CancellationToken cancellationToken) =>
        (await GetAsync(Item("category", id), cancellationToken))?["name"]?.GetValue<string>();

    /// <summary>The objects that have the tags, as pairs of tag and managed object id.</summary>
    public async Task<IReadOnlyList<(string TagId, string Key)>> AttachedAsync(IReadOnlyList<string> tagIds, CancellationToken cancellationToken)
    {
        var action = _isOld ? "~action" : "action";
        using var request = new HttpRequestMessage(HttpMethod.Post, PathOf($"tag-association?{action}=list-attached-objects-on-tags"))
        {
            Content = new StringContent(new JsonObject { ["tag_ids"] = new JsonArray([.. tagIds.Select(id => (JsonNode)id)]) }.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        var answer = await SendAsync(request, cancellationToken);
        return
        [
            .. from tag in (answer as JsonArray ?? []).OfType<JsonObject>()
               from attached in (tag["object_ids"] as JsonArray ?? []).OfType<JsonObject>()
               select (tag["tag_id"]!.GetValue<string>(), attached["id"]!.GetValue<string>()),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(_root, _isOld ? "/rest/com/vmware/cis/session" : "/api/session"));
        try
        {
            await SendAsync(request, limit.Token);
        }
        catch (Exception e) when (e is MigrateException or OperationCanceledException)
        {
            // The server ends an idle session by itself.
        }
    }

    private async Task<JsonNode?> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, PathOf(path));
        return await SendAsync(request, cancellationToken);
    }

    private Uri PathOf(string path) => new(_root, (_isOld ? "/rest/com/vmware/cis/tagging/" : "/api/cis/tagging/") + path);

    private string Item(string kind, string id) => $"{kind}/{(_isOld ? "id:" : "")}{Uri.EscapeDataString(id)}";

    private static IEnumerable<string> Strings(JsonNode? node) => (node as JsonArray ?? []).OfType<JsonValue>().Select(v => v.GetValue<string>());

    /// <summary>The answer's value; null for what is not there, and for an empty answer.</summary>
    private async Task<JsonNode?> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (_session is not null)
        {
            request.Headers.Add(SessionHeader, _session);
        }

        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }

            if (response.StatusCode == HttpStatusCode.Unauthorized && _session is not null)
            {
                throw new MigrateException("source.busy", $"{_root.Host} ended the session with the tagging service while tags were read.", "Try again.") { IsTransient = true };
            }

            if (!response.IsSuccessStatusCode)
            {
                throw Unreadable($"answers HTTP {(int)response.StatusCode}");
            }

            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            var node = body.Length == 0 ? null : JsonNode.Parse(body);
            return _isOld ? (node as JsonObject)?["value"] : node;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw SourceConnection.Explain(_root, e);
        }
        catch (JsonException)
        {
            throw Unreadable("answers something that is not JSON");
        }
    }

    private MigrateException Unreadable(string what) => new("source.tags-unreadable", $"the tagging service of {_root.Host} {what}.",
        "Give the account the right to read tags (a role with read access at the top level), or go on without tags.");
}
