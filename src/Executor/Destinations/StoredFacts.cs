using System.Text.Json;
using System.Text.Json.Serialization;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Destinations;

/// <summary>The facts of a host as its row keeps them.</summary>
public static class StoredFacts
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    public static string Write(KvmHostFacts facts) => JsonSerializer.Serialize(facts, Json);

    /// <exception cref="JsonException">Some of what facts must have is missing: the host was never probed.</exception>
    public static KvmHostFacts Read(KvmHost host) => JsonSerializer.Deserialize<KvmHostFacts>(host.Facts, Json)!;
}
