using Microsoft.Extensions.Logging;

namespace Migrate.Executor.Validation.Observation;

public sealed partial class StorageObserver
{
    [LoggerMessage(571, LogLevel.Warning, "A round of observing domains failed; what it left out is in the next one's intervals")]
    private static partial void LogRoundFailed(ILogger logger, Exception exception);

    [LoggerMessage(572, LogLevel.Warning, "The KVM host {Uri} could not be asked what its domains do ({Code}): {Reason}")]
    private static partial void LogHostFailed(ILogger logger, string uri, string code, string reason);

    [LoggerMessage(573, LogLevel.Warning, "QEMU of the domain {Domain} could not be asked what it does ({Code}): {Reason}")]
    private static partial void LogDomainFailed(ILogger logger, string domain, string code, string reason);

    [LoggerMessage(574, LogLevel.Warning, "What was observed last could not be stored before this process ends; the next one has it from QEMU")]
    private static partial void LogNotStored(ILogger logger, Exception exception);
}
