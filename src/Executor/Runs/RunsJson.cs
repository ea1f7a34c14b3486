using System.Text.Json.Serialization;
using Migrate.Executor.Domains;
using Migrate.Planner.Convergence;
using Migrate.Planner.VSphere;

namespace Migrate.Executor.Runs;

/// <summary>Something a run changed on the source, written down before it is done so that a crash cannot lose it.</summary>
/// <param name="Kind">guest-shutdown | change-tracking | snapshot | isolation.</param>
/// <param name="Description">What was done.</param>
/// <param name="Undo">How it is undone, in words.</param>
/// <param name="At">When (UTC).</param>
public sealed record SourceChange(string Kind, string Description, string Undo, DateTime At)
{
    /// <summary>What was there before, where undoing needs it: of an isolation, a <see cref="VmLinks"/>.</summary>
    public VmLinks? Before { get; init; }

    public const string GuestShutdown = "guest-shutdown";
    public const string ChangeTracking = "change-tracking";
    public const string Snapshot = "snapshot";
    public const string Isolation = "isolation";

    /// <summary>Kinds that follow from the state of a VM's change tracking.</summary>
    public static IReadOnlyList<string> OfTracking { get; } = [ChangeTracking, Snapshot];
}

/// <summary>How a run's own records are written into JSON columns.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<SourceChange>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(IReadOnlyList<DowntimeMark>))]
[JsonSerializable(typeof(Band))]
[JsonSerializable(typeof(IReadOnlyList<SettingReason>))]
public sealed partial class RunsJson : JsonSerializerContext;
