using System.Text.Json.Serialization;
using Migrate.Planner.Baselines;
using Migrate.Planner.Concerns;
using Migrate.Planner.Inventory;
using Migrate.Planner.Plans;

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
[JsonSerializable(typeof(Baseline))]
[JsonSerializable(typeof(PlanPolicy))]
[JsonSerializable(typeof(IReadOnlyList<PlannedDisk>))]
[JsonSerializable(typeof(IReadOnlyList<Concern>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
public sealed partial class PlannerJson : JsonSerializerContext;
