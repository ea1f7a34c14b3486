using Migrate.Target.Namespaces;
using Migrate.Target.Records;
using Migrate.Target.Reservations;

namespace Migrate.Target.Admin;

// One change at a time, each on the disk before it takes effect.
public sealed partial class NvmeTarget
{
    private void Update(Namespace one, Func<NamespaceRecord, NamespaceRecord> change) =>
        Save(_records with
        {
            Subsystems = [.. _records.Subsystems.Select(s => s with { Namespaces = [.. s.Namespaces.Select(n => n.Uuid == one.Uuid ? change(n) : n)] })],
        });

    private void Save(TargetRecords next)
    {
        Save(TargetRecordsFile.Name, () => TargetRecordsFile.Save(next, Directory));
        _records = next;
    }

    private void ForgetReservations(Namespace one) => Save(ReservationFile.Name, one.Reservations.Forget);

    private void Save(string name, Action save)
    {
        try
        {
            save();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TargetException("target.records-not-saved", $"{name} in {Directory} cannot be written: {e.Message}",
                "Make room on the file system, or give the target's user write access to the directory, and repeat.", e);
        }
    }

    private async Task<Turn> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        if (_isDisposed)
        {
            _gate.Release();
            throw new ObjectDisposedException(nameof(NvmeTarget));
        }

        return new Turn(_gate);
    }

    private readonly struct Turn(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }
}
