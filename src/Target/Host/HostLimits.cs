namespace Migrate.Target.Host;

/// <summary>What the controller can do, from Identify.</summary>
/// <param name="MaxTransferBytes">The most data of one read or write.</param>
/// <param name="MaxInCapsuleBytes">Writes up to this travel in the capsule.</param>
/// <param name="MaxWriteZeroesBytes">The most that one Write Zeroes covers; 0 when the controller has no such command.</param>
/// <param name="CanDeallocate">The controller has Dataset Management.</param>
/// <param name="MaxCommands">Commands per queue.</param>
/// <param name="HasWriteCache">Completed writes may be lost with the target's power until a flush.</param>
internal sealed record HostLimits(
    int MaxTransferBytes, int MaxInCapsuleBytes, long MaxWriteZeroesBytes, bool CanDeallocate, int MaxCommands, bool HasWriteCache);
