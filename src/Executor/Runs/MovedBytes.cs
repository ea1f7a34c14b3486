using Migrate.Executor.Copy;
using Migrate.Planner.Persistence;

namespace Migrate.Executor.Runs;

/// <summary>
/// What all attempts at a disk together moved: an attempt knows of itself only, and one that is broken off never gets to say so at its end. What the disk's row has
/// is therefore written while it copies, and is short of the truth by a second at most when a process dies.
/// </summary>
internal sealed class MovedBytes(RunDisk disk)
{
    private readonly CopyAmounts _before = new(0, disk.BytesRead, disk.BytesZero, disk.BytesWritten);

    public CopyAmounts With(CopyAmounts attempt) => attempt with
    {
        Allocated = _before.Allocated + attempt.Allocated,
        Zero = _before.Zero + attempt.Zero,
        Sent = _before.Sent + attempt.Sent,
    };

    public CopyProgress AddTo(CopyProgress progress) => progress.Amounts is { } attempt ? progress with { Amounts = With(attempt) } : progress;
}
