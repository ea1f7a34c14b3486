using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Migrate.EndToEnd.Tests.VSphere;

/// <summary>Makes tags at govmomi's simulator, as an administrator would.</summary>
internal sealed class GovmomiTags : IDisposable
{
    private readonly HttpClient _http;

    private GovmomiTags(HttpClient http) => _http = http;

    public static async Task<GovmomiTags> LoginAsync(GovmomiServer server, CancellationToken cancellationToken)
    {
        var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, _) => string.Equals(certificate?.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), server.Sha256, StringComparison.OrdinalIgnoreCase),
        };
        var http = new HttpClient(handler) { BaseAddress = new Uri(server.Url, "/rest/com/vmware/cis/") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{GovmomiServer.User}:{GovmomiServer.Password}")));
        var tags = new GovmomiTags(http);
        var session = await tags.PostAsync("session", null, cancellationToken);
        http.DefaultRequestHeaders.Authorization = null;
        http.DefaultRequestHeaders.Add("vmware-api-session-id", session);
        return tags;
    }

    public Task<string> CategoryAsync(string name, CancellationToken cancellationToken) => PostAsync(
        "tagging/category",
        new JsonObject { ["create_spec"] = new JsonObject { ["name"] = name, ["description"] = "", ["cardinality"] = "MULTIPLE", ["associable_types"] = new JsonArray() } }, cancellationToken);

    public async Task TagAsync(string category, string name, string[] vms, CancellationToken cancellationToken)
    {
        var id = await PostAsync(
            "tagging/tag", new JsonObject { ["create_spec"] = new JsonObject { ["name"] = name, ["description"] = "", ["category_id"] = category } }, cancellationToken);
        foreach (var vm in vms)
        {
            await PostAsync(
                $"tagging/tag-association/id:{id}?~action=attach", new JsonObject { ["object_id"] = new JsonObject { ["id"] = vm, ["type"] = "VirtualMachine" } }, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> PostAsync(string path, JsonObject? body, CancellationToken cancellationToken)
    {
        using var content = body is null ? null : JsonContent.Create(body);
        using var response = await _http.PostAsync(new Uri(path, UriKind.Relative), content, cancellationToken);
        response.EnsureSuccessStatusCode();
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return text.Length == 0 ? "" : JsonNode.Parse(text)?["value"]?.ToString() ?? "";
    }
}
