using Microsoft.Extensions.Logging;

namespace Migrate.Planner.VSphere.Updates;

public sealed partial class InventorySync
{
    [LoggerMessage(440, LogLevel.Information, "Synchronised {Host}: version {Version}, {Vms} VMs, of which {Read} were read")]
    private static partial void LogSynchronised(ILogger logger, string host, int version, int vms, int read);

    [LoggerMessage(441, LogLevel.Warning, "Synchronising {Host} was interrupted ({Code}): {Reason}; it goes on in a new session")]
    private static partial void LogInterrupted(ILogger logger, string host, string code, string reason);
}
