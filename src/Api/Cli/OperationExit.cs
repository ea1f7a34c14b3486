using Migrate.Api.Operations;
using Migrate.Planner.Concerns;

namespace Migrate.Api.Cli;

/// <summary>What a command exits with for what an operation came to: the same for who began it and for who waits for it later.</summary>
internal static class OperationExit
{
    public static int Of(OperationResult result) => result switch
    {
        { Check.Critical: > 0 } => ExitCode.BlockedByConcerns,
        { HostCheck: { } check } when check.Host.Findings.Any(x => x.Severity == ConcernSeverity.Critical) => ExitCode.BlockedByConcerns,
        { Verification: { } found } when found.Differing != found.Converted => ExitCode.Failed,
        _ => ExitCode.Done,
    };
}
