using Migrate.Target.Protocol;
using Migrate.Target.Transport;

namespace Migrate.Target.Controllers;

/// <summary>
/// Connect (NVM Express Base 2.0, 6.3): makes a connection the admin queue of a new controller, or an I/O queue of one
/// that exists. Each wrong thing has its status; a wrong parameter is pointed at by IPO and IATTR in the result.
/// </summary>
internal static class ConnectCommand
{
    private const int QueueIdAt = 42;
    private const int QueueSizeAt = 44;
    private const int AttributesAt = 46;
    private const int KeepAliveAt = 48;
    private const byte DisableFlowControl = 1 << 2;
    private const ulong InData = 1 << 16;

    /// <summary>What a successful Connect makes of the connection.</summary>
    public sealed record Connected(Controller Controller, ushort QueueId, int QueueEntries, bool FlowControl);

    public static ushort Execute(
        in SubmissionEntry entry, ReadOnlySpan<byte> data, Subsystem subsystem, IConnection connection, CommandReply reply, out Connected? connected)
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
        var isDiscovery = who.SubsystemNqn == Nqn.Discovery;
        if (!isDiscovery && who.SubsystemNqn != subsystem.Nqn)
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

        if (queueEntries < 2 || queueEntries > subsystem.Limits.MaxQueueEntries)
        {
            return Invalid(reply, QueueSizeAt, inData: false);
        }

        var status = queueId == 0
            ? Admin(entry, who, subsystem, connection, reply, out var controller)
            : Io(queueId, who, subsystem, connection, reply, out controller);
        if (status == NvmeStatus.Success)
        {
            reply.Result = controller!.Id;
            connected = new Connected(controller, queueId, queueEntries, (entry.Byte(AttributesAt) & DisableFlowControl) == 0);
        }

        return status;
    }

    private static ushort Admin(
        in SubmissionEntry entry, ConnectData who, Subsystem subsystem, IConnection connection, CommandReply reply, out Controller? controller)
    {
        controller = null;
        if (who.ControllerId != ConnectData.Dynamic)
        {
            return Invalid(reply, ConnectData.ControllerIdAt, inData: true);
        }

        controller = subsystem.Create(who, entry.Dword(KeepAliveAt / 4));
        if (controller is null)
        {
            return NvmeStatus.ConnectControllerBusy;
        }

        controller.TryAddQueuePair(0, connection);
        return NvmeStatus.Success;
    }

    private static ushort Io(
        ushort queueId, ConnectData who, Subsystem subsystem, IConnection connection, CommandReply reply, out Controller? controller)
    {
        controller = subsystem.Find(who.ControllerId);
        if (controller is null)
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
