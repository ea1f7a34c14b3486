namespace Migrate.Executor.Sources;

/// <summary>
/// One export of a VM at a time: a server refuses a second one while the first is under way, and a VM's disks are copied side by side. All of
/// them are copied by one process, which has the run's lease.
/// </summary>
internal sealed class ExportTurns
{
    private readonly Dictionary<(string Host, string Vm), Turn> _turns = [];

    /// <summary>Waits until no other export of the VM is under way; the turn ends when what is returned is disposed of.</summary>
    public async Task<IDisposable> TakeAsync(string host, string vmKey, CancellationToken cancellationToken)
    {
        var key = (host.ToUpperInvariant(), vmKey);
        Turn turn;
        lock (_turns)
        {
            turn = _turns.GetValueOrDefault(key) ?? (_turns[key] = new Turn());
            turn.Users++;
        }
        try
        {
            await turn.Gate.WaitAsync(cancellationToken);
        }
        catch
        {
            Leave(key, turn);
            throw;
        }
        return new Place(() =>
        {
            turn.Gate.Release();
            Leave(key, turn);
        });
    }

    private void Leave((string, string) key, Turn turn)
    {
        lock (_turns)
        {
            if (--turn.Users == 0)
            {
                _turns.Remove(key);
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Place(Action leave) : IDisposable
    {
        private Action? _leave = leave;

        public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
    }
}
