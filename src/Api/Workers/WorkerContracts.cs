using Migrate.Planner.Persistence;

namespace Migrate.Api.Workers;

/// <summary>A process that works on runs: the server itself, or a worker on any machine.</summary>
/// <param name="Id">Of this start of the process.</param>
/// <param name="Name">As it was given, else its machine and process.</param>
/// <param name="Machine">Host name.</param>
/// <param name="ProcessId">On that machine.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Queues">How many steps of which queue it does at once.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="LastSeenAt">Its last sign of life, UTC; one comes every 5 s.</param>
/// <param name="State">working | idle | silent: nothing was heard of it for 20 s. What it was at goes to others when its leases run out.</param>
/// <param name="Runs">The runs that it has the lease of now.</param>
public sealed record WorkerView(
    Guid Id, string Name, string Machine, int ProcessId, string Version, IReadOnlyDictionary<string, int> Queues, DateTime StartedAt, DateTime LastSeenAt,
    string State, IReadOnlyList<WorkerRunView> Runs);

/// <summary>A run that a worker is at.</summary>
/// <param name="Id">The run.</param>
/// <param name="Vm">Name of its VM.</param>
/// <param name="Phase">What is done.</param>
public sealed record WorkerRunView(Guid Id, string Vm, RunPhase Phase);
