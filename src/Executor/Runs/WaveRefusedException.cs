using Migrate.Planner;

namespace Migrate.Executor.Runs;

/// <summary>A wave that may not start, with every reason: <c>run.wave-refused</c>. Nothing of it was started.</summary>
public sealed class WaveRefusedException(string message, IReadOnlyList<WaveRefusal> refusals)
    : MigrateException("run.wave-refused", message, string.Join(" ", refusals.Select(x => x.Remedy).Distinct()))
{
    public IReadOnlyList<WaveRefusal> Refusals { get; } = refusals;
}

/// <summary>One thing in the way of a wave. <paramref name="Subject"/>: a VM or the KVM host. <paramref name="Code"/>: a concern's id, <c>run.active</c> …</summary>
public sealed record WaveRefusal(string Subject, string Code, string Message, string Remedy);
