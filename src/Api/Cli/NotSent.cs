using System.Text.Json;
using System.Text.Json.Nodes;

namespace Migrate.Api.Cli;

/// <summary>Ends a command with --dry-run where it would change something: what would have been sent.</summary>
internal sealed class NotSent(HttpMethod method, string path, object? body) : Exception
{
    private static readonly string[] Secrets = ["password", "secret"];

    public UnsentCall Call { get; } = new(method.Method, "/api/v1/" + path, body is null ? null : WithoutSecrets(JsonSerializer.SerializeToNode(body, body.GetType(), Json.Options)));

    public void Write(TextWriter output)
    {
        output.WriteLine($"Not sent: {Call.Method} {Call.Path}");
        if (Call.Body is not null)
        {
            output.WriteLine(Call.Body.ToJsonString(Json.Indented));
        }
    }

    private static JsonNode? WithoutSecrets(JsonNode? node)
    {
        foreach (var (name, value) in (node as JsonObject)?.ToList() ?? [])
        {
            if (value is not null && Secrets.Contains(name))
            {
                node![name] = "not shown";
            }
        }

        return node;
    }
}

/// <summary>A call that --dry-run kept back.</summary>
internal sealed record UnsentCall(string Method, string Path, JsonNode? Body);
