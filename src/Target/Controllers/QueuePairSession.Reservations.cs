using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;

namespace Migrate.Target.Controllers;

// What reservation commands need of the subsystem; called by workers.
internal sealed partial class QueuePairSession
{
    public HostIdentity Host => _queuePair!.Controller.Host;

    /// <summary>Changes the namespace's reservations if the host may use it at all; returns the command's status.</summary>
    public ushort Reserve(IoCommand command, Func<ReservationState, ReservationOutcome> change, out Task inForce)
    {
        inForce = Task.CompletedTask;
        var status = TryEnter(command, command.Tag, out var period);
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        try
        {
            var outcome = command.Namespace.Reservations.Change(change, out inForce);
            foreach (var notice in outcome.Notices)
            {
                Tell(command.Namespace.Nsid, notice);
            }

            return outcome.Status;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogReservationNotKept(e, command.Namespace.Uuid, HostNqn);
            return NvmeStatus.InternalError; // worth another try when there is room again
        }
        finally
        {
            period.Exit(command.Tag);
        }
    }

    public IEnumerable<ushort> ControllersOf(Guid hostId) =>
        _subsystem.Controllers.Where(c => c.IsTrusted && c.HostId == hostId).Select(c => c.Id).Order();

    private void Tell(uint nsid, in ReservationNotice notice)
    {
        foreach (var controller in _subsystem.Controllers)
        {
            if (controller.IsTrusted && controller.HostId == notice.HostId && controller.ReservationLog.TryAdd(nsid, notice.Type))
            {
                controller.Events.Raise(AsyncEvents.Reservation);
            }
        }
    }
}
