using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Migrate.Planner.Baselines;
using Migrate.Planner.Baselines.Histograms;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Iser;
using Migrate.Planner.Plans;
using Migrate.Planner.Waves;

namespace Migrate.Planner;

/// <summary>
/// How the planner's records are written into JSON columns. Source-generated, so properties always come in the order of their
/// declaration: equal content gives equal text, and the text's hash says whether an inventory object changed.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never)]
[JsonSerializable(typeof(Vm))]
[JsonSerializable(typeof(EsxHost))]
[JsonSerializable(typeof(Datastore))]
[JsonSerializable(typeof(Network))]
[JsonSerializable(typeof(Cluster))]
[JsonSerializable(typeof(SourceAbout))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, FlowControl>))]
[JsonSerializable(typeof(Baseline))]
[JsonSerializable(typeof(IReadOnlyList<IoHistogram>))]
[JsonSerializable(typeof(PlanPolicy))]
[JsonSerializable(typeof(TargetFacts))]
[JsonSerializable(typeof(IReadOnlyList<PlannedDisk>))]
[JsonSerializable(typeof(IReadOnlyList<Concern>))]
[JsonSerializable(typeof(IReadOnlyList<ProbeFinding>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(WaveRules))]
[JsonSerializable(typeof(WaveSchedule))]
[JsonSerializable(typeof(VmMove))]
[JsonSerializable(typeof(IReadOnlyList<MoveGroup>))]
public sealed partial class PlannerJson : JsonSerializerContext
{
    /// <summary>
    /// For reading. Generated code sets every init-only property, absent ones to null or zero; by reflection they keep what their
    /// declaration says, so that a body from before a property existed reads as if the property had always had its default.
    /// </summary>
    private static readonly JsonSerializerOptions Reading = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>What was stored as <paramref name="type"/>; properties that the text lacks have their declared defaults.</summary>
    /// <exception cref="JsonException">The text is no such object.</exception>
    public static T Read<T>(string body, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(body, (JsonTypeInfo<T>)Reading.GetTypeInfo(type.Type)) ?? throw new JsonException($"A stored {type.Type.Name} is the JSON value null.");
}
