namespace Migrate.Target.Namespaces;

/// <summary>
/// Blocks that one command has for itself: nobody else reads or writes them while the guard is in the namespace's access rule.
/// Others see it when they enter, leave again, and come back after <see cref="Ended"/>.
/// </summary>
internal sealed class RangeGuard(long offset, long length)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ended => _ended.Task;

    public bool Covers(long otherOffset, long otherLength) => otherOffset < offset + length && offset < otherOffset + otherLength;

    public void End() => _ended.SetResult();
}
