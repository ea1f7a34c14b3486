using Microsoft.Extensions.Logging;

namespace Migrate.Planner.VSphere.ChangeTracking;

public sealed partial class ChangeTracker
{
    [LoggerMessage(461, LogLevel.Information, "Change tracking of {Vm} was switched on: {On}")]
    private static partial void LogFlag(ILogger logger, string vm, bool on);

    [LoggerMessage(462, LogLevel.Information, "Change tracking of {Vm} is active on all {Disks} disks")]
    private static partial void LogProven(ILogger logger, string vm, int disks);

    [LoggerMessage(463, LogLevel.Information, "The disks of {Vm} are frozen for pass {Pass}; guest quiet: {Quiet}")]
    private static partial void LogFrozen(ILogger logger, string vm, int pass, bool quiet);

    [LoggerMessage(464, LogLevel.Information, "{Vm} is off: pass {Pass} reads its disks without a snapshot")]
    private static partial void LogLastPass(ILogger logger, string vm, int pass);

    [LoggerMessage(465, LogLevel.Warning, "The guest of {Vm} could not be made quiet, the pass is crash-consistent: {Reason}")]
    private static partial void LogNotQuiet(ILogger logger, string vm, string reason);

    [LoggerMessage(466, LogLevel.Warning, "Disk {Disk} of {Vm} is read in full: {Reason}")]
    private static partial void LogDistrusted(ILogger logger, string vm, int disk, string reason);

    [LoggerMessage(467, LogLevel.Information, "{Vm} is as it was found; {Snapshots} snapshots of ours were removed")]
    private static partial void LogRestored(ILogger logger, string vm, int snapshots);

    [LoggerMessage(469, LogLevel.Warning, "What the source says of changes of {Vm} is not believed any more: {Reason}")]
    private static partial void LogDistrustedForGood(ILogger logger, string vm, string reason);

    [LoggerMessage(468, LogLevel.Warning, "While the snapshot of {Vm} is being removed: {Reason}")]
    private static partial void LogFilling(ILogger logger, string vm, string reason);
}
