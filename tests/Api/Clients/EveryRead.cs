using System.Reflection;
using Migrate.GeneratedClient;

namespace Migrate.Api.Tests.Clients;

/// <summary>Every call that only looks, by the generated client.</summary>
internal static class EveryRead
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Operations that were not as the document says, those that told nothing (a list without a row), and those that were refused, with the code.</summary>
    public static async Task<(IReadOnlyList<string> Wrong, IReadOnlyList<string> Empty, IReadOnlyList<string> Refused)> OfAsync(RunningServer server, IReadOnlyDictionary<string, string> values)
    {
        using var http = server.Client();
        var client = new MigrateClient(http);
        List<string> wrong = [];
        List<string> empty = [];
        List<string> refused = [];
        foreach (var (path, operations) in MigrateClient.Document["paths"]!.AsObject().Where(x => x.Value!["get"] is not null && !x.Key.EndsWith(".pdf", StringComparison.Ordinal)))
        {
            var id = operations!["get"]!["operationId"]!.GetValue<string>();
            try
            {
                var answer = await ReadAsync(client, id, x => Value(path, x, values));
                if (answer is FileResponse file)
                {
                    using (file)
                    {
                        if (await file.Stream.ReadAsync(new byte[1], Cancel) == 0)
                        {
                            empty.Add(id);
                        }
                    }
                }
                else if (answer!.GetType().GetProperty("Result")!.GetValue(answer) is var result && result?.GetType().GetProperty("Items")?.GetValue(result) is System.Collections.ICollection { Count: 0 })
                {
                    empty.Add(id);
                }
            }
            catch (ApiException<ProblemDetails> e)
            {
                refused.Add(id + " " + e.Result.Code);
            }
            catch (ApiException e)
            {
                wrong.Add($"{id}: {e.Message} {e.InnerException?.Message}");
            }
        }

        return (wrong, [.. empty.Order(StringComparer.Ordinal)], [.. refused.Order(StringComparer.Ordinal)]);
    }

    private static async Task<object?> ReadAsync(MigrateClient client, string id, Func<string, string?> valueOf)
    {
        var method = typeof(MigrateClient).GetMethods().Single(x => x.Name == id + "Async" && x.GetParameters().LastOrDefault()?.ParameterType == typeof(CancellationToken));
        var arguments = method.GetParameters().Select(x => x.ParameterType == typeof(CancellationToken) ? Cancel : Argument(x, valueOf(x.Name!))).ToArray();
        var call = (Task)method.Invoke(client, arguments)!;
        await call;
        return call.GetType().GetProperty("Result")!.GetValue(call);
    }

    private static object? Argument(ParameterInfo parameter, string? value) =>
        value is null ? parameter.HasDefaultValue ? null : throw new InvalidOperationException($"{parameter.Member.Name} wants {parameter.Name}")
        : parameter.ParameterType == typeof(Guid) ? Guid.Parse(value)
        : Convert.ChangeType(value, Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, System.Globalization.CultureInfo.InvariantCulture);

    private static string? Value(string path, string parameter, IReadOnlyDictionary<string, string> values) => (path, parameter) switch
    {
        _ when !path.Contains($"{{{parameter}}}", StringComparison.Ordinal) => parameter == "plan" && path == "/api/v1/concerns" ? values["plan"] : null,
        ("/api/v1/sources/{name}" or "/api/v1/sources/{name}/privileges", "name") => values["source"],
        ("/api/v1/users/{name}", "name") => "user0",
        ("/api/v1/hosts/{name}", "name") => values.GetValueOrDefault("host", "another"),
        ("/api/v1/concerns/kinds/{id}", "id") => "disk.shared",
        ("/api/v1/operations/{id}", "id") => values.GetValueOrDefault("operation", Guid.Empty.ToString()),
        (_, "key") => path.Contains("clusters", StringComparison.Ordinal) ? values.GetValueOrDefault("cluster", "domain-c1") : values.GetValueOrDefault("network", "network-1"),
        (_, "disk") => "2000",
        (_, "wave") => "1",
        _ => values[parameter],
    };
}
