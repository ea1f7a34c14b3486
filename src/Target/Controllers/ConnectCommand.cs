using Migrate.Target.Authentication;
using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Controllers;

/// <summary>
/// Connect (NVM Express Base 2.0, 6.3): makes a connection the admin queue of a new controller, or an I/O queue of one
/// that exists. Each wrong thing has its status; a wrong parameter is pointed at by IPO and IATTR in the result. What is
/// only so for now (the target stops, the host is drained) is never answered with "do not retry": Linux would give the
/// controller up for good.
/// </summary>
internal static class ConnectCommand
{
    private const int QueueIdAt = 42;
    private const int QueueSizeAt = 44;
    private const int AttributesAt = 46;
    private const int KeepAliveAt = 48;
    private const byte DisableFlowControl = 1 << 2;
    private const ulong InData = 1 << 16;

    /// <summary>ATR of the result: the host must authenticate before anything else. ASCR, bit 18, would want a secure channel made of it.</summary>
    private const ulong AuthenticationRequired = 1 << 17;

    /// <summary>What a successful Connect makes of the connection.</summary>
    public sealed record Connected(Controller Controller, ushort QueueId, int QueueEntries, bool FlowControl, bool NeedsAuthentication);

    public static ushort Execute(
        in SubmissionEntry entry, ReadOnlySpan<byte> data, SubsystemTable subsystems, SubsystemPort port, IConnection connection,
        CommandReply reply, out Connected? connected)
    {
        connected = null;
        if (data.Length < ConnectData.Size)
        {
            return NvmeStatus.DataSglLengthInvalid | NvmeStatus.DoNotRetry;
        }

        if (entry.Word(40) != 0)
        {
            return NvmeStatus.ConnectIncompatibleFormat | NvmeStatus.DoNotRetry;
        }

        var who = ConnectData.Read(data);
        var queueId = entry.Word(QueueIdAt);
        var queueEntries = entry.Word(QueueSizeAt) + 1;
        if (subsystems.IsStopping)
        {
            return NvmeStatus.ConnectControllerBusy;
        }

        if (subsystems.FindFor(who.SubsystemNqn, port) is not { } subsystem)
        {
            return Invalid(reply, ConnectData.SubsystemNqnAt, inData: true);
        }

        if (Nqn.Problem(who.HostNqn) is not null)
        {
            return Invalid(reply, ConnectData.HostNqnAt, inData: true);
        }

        if (who.HostId == Guid.Empty)
        {
            return Invalid(reply, ConnectData.HostIdAt, inData: true);
        }

        if (Refusal(subsystems, subsystem, who.HostNqn) is { } refusal)
        {
            return refusal;
        }

        if (queueEntries < 2 || queueEntries > subsystem.Limits.MaxQueueEntries)
        {
            return Invalid(reply, QueueSizeAt, inData: false);
        }

        var access = subsystems.Authentication.AccessOf(subsystem.Nqn, who.HostNqn, connection.ProvenPeers);
        if (access == HostAccess.Refused)
        {
            return NvmeStatus.ConnectInvalidHost | NvmeStatus.DoNotRetry;
        }

        var status = queueId == 0
            ? Admin(entry, who, subsystem, port, connection, reply, out var controller)
            : Io(queueId, who, subsystem, port, connection, reply, out controller);
        // Who turns a host away, or stops the target, ends the connections that he finds: this one may have come too late for
        // that, but then sees here what he decided.
        if (status == NvmeStatus.Success && Refusal(subsystems, subsystem, who.HostNqn) is { } late)
        {
            controller!.RemoveQueuePair(queueId);
            subsystem.RemoveUnused(controller);
            status = late;
        }

        if (status == NvmeStatus.Success)
        {
            var needsAuthentication = access == HostAccess.AfterAuthentication;
            reply.Result = controller!.Id | (needsAuthentication ? AuthenticationRequired : 0);
            connected = new Connected(controller, queueId, queueEntries, (entry.Byte(AttributesAt) & DisableFlowControl) == 0, needsAuthentication);
        }

        return status;
    }

    /// <summary>Why this host may not use the subsystem now, or null.</summary>
    private static ushort? Refusal(SubsystemTable subsystems, Subsystem subsystem, string hostNqn)
    {
        if (!subsystem.Policy.Allows(hostNqn))
        {
            return NvmeStatus.ConnectInvalidHost | NvmeStatus.DoNotRetry;
        }

        var isForNow = subsystems.IsStopping || (!subsystem.IsDiscovery && subsystems.IsDrained(hostNqn));
        return isForNow ? NvmeStatus.ConnectControllerBusy : null;
    }

    private static ushort Admin(
        in SubmissionEntry entry, ConnectData who, Subsystem subsystem, SubsystemPort port, IConnection connection, CommandReply reply, out Controller? controller)
    {
        controller = null;
        if (who.ControllerId != ConnectData.Dynamic)
        {
            return Invalid(reply, ConnectData.ControllerIdAt, inData: true);
        }

        // Host identifier and host NQN belong together (5.27.1.25): reservations and fences would take two hosts for one.
        if (!subsystem.IsDiscovery && subsystem.Controllers.Any(c => c.IsTrusted && c.HostId == who.HostId && c.HostNqn != who.HostNqn))
        {
            return Invalid(reply, ConnectData.HostIdAt, inData: true);
        }

        controller = subsystem.Create(who, port, entry.Dword(KeepAliveAt / 4));
        if (controller is null)
        {
            return NvmeStatus.ConnectControllerBusy;
        }

        controller.TryAddQueuePair(0, connection);
        return NvmeStatus.Success;
    }

    private static ushort Io(
        ushort queueId, ConnectData who, Subsystem subsystem, SubsystemPort port, IConnection connection, CommandReply reply, out Controller? controller)
    {
        controller = subsystem.Find(who.ControllerId);
        if (controller is null || controller.Port != port) // a controller's queues all come by its port
        {
            return Invalid(reply, ConnectData.ControllerIdAt, inData: true);
        }

        if (controller.HostNqn != who.HostNqn)
        {
            return Invalid(reply, ConnectData.HostNqnAt, inData: true);
        }

        if (controller.HostId != who.HostId)
        {
            return Invalid(reply, ConnectData.HostIdAt, inData: true);
        }

        if (controller.IsDiscovery || queueId > controller.Features.IoQueues)
        {
            return Invalid(reply, QueueIdAt, inData: false);
        }

        if (!controller.Registers.IsEnabled || !controller.TryAddQueuePair(queueId, connection))
        {
            return NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry;
        }

        // Whoever ends or disables the controller aborts the queues that it finds. One that came too late to be found must not
        // outlive it: no keep-alive and no reset would reach it.
        if (subsystem.Find(controller.Id) != controller || !controller.Registers.IsEnabled)
        {
            controller.RemoveQueuePair(queueId);
            return NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry;
        }

        return NvmeStatus.Success;
    }

    private static ushort Invalid(CommandReply reply, int at, bool inData)
    {
        reply.Result = (uint)at | (inData ? InData : 0);
        return NvmeStatus.ConnectInvalidParameters | NvmeStatus.DoNotRetry;
    }
}
