namespace Migrate.Executor.Jobs;

/// <summary>Who this process is to others that share its database.</summary>
/// <param name="Name">For people; without a slash.</param>
/// <param name="Id">Of this start: a process that is started again under its name is another one.</param>
public sealed record WorkerIdentity(string Name, Guid Id)
{
    /// <summary>What the owner of its leases begins with.</summary>
    public string Owner => $"{Name}/{Id:N}";

    public static WorkerIdentity OfThisProcess(string? name = null) => new(name ?? $"{Environment.MachineName}-{Environment.ProcessId}", Guid.NewGuid());
}
