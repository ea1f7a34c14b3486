using Migrate.Target.Controllers;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Commands;

/// <summary>
/// Reservation Report (NVM Express Base 2.0, 7.7) in the extended form, as hosts on fabrics have identifiers of 128 bits: an entry for
/// each controller of a registered host, and one without a controller for a host that has none now.
/// </summary>
internal sealed class ReservationReportCommand : StorageCommand
{
    public static readonly ReservationReportCommand Instance = new();

    private const int HeaderSize = 64;
    private const int EntrySize = 64;
    private const ushort NoController = 0xFFFF;

    public override Access Access => Access.None;

    public override ushort Check(in SubmissionEntry entry, Namespace one, out CommandShape shape)
    {
        var length = (entry.Cdw10 + 1L) * 4; // NUMD is 0's based
        shape = default;
        if ((entry.Cdw11 & 1) == 0)
        {
            return NvmeStatus.HostIdentifierFormat | NvmeStatus.DoNotRetry;
        }

        if (length is < HeaderSize or > SubsystemLimits.MaxTransferBytes)
        {
            return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        shape = new CommandShape(0, (int)length);
        return NvmeStatus.Success;
    }

    public override bool IsBarredBy(RangeGuard guard, IoCommand command) => false;

    public override ushort Execute(IoCommand command, Backing backing)
    {
        var state = command.Namespace.Reservations.State;
        var report = command.Buffer.Span(command.Length);
        report.Clear();
        WriteUInt32LittleEndian(report, state.Generation);
        report[4] = (byte)state.Type;
        report[9] = (byte)(state.Persists ? 1 : 0); // PTPLS
        var all = 0;
        var rest = report[HeaderSize..];
        foreach (var registrant in state.Registrants)
        {
            foreach (var controller in command.ControllersOf(registrant.HostId).DefaultIfEmpty(NoController))
            {
                all++;
                if (rest.Length < EntrySize)
                {
                    continue; // counted all the same: the host sees that it has asked for too little
                }

                WriteUInt16LittleEndian(rest, controller);
                rest[2] = (byte)(state.IsHolder(registrant.HostId) ? 1 : 0); // RCSTS
                WriteUInt64LittleEndian(rest[8..], registrant.Key);
                registrant.HostId.TryWriteBytes(rest[16..], bigEndian: true, out _);
                rest = rest[EntrySize..];
            }
        }

        WriteUInt16LittleEndian(report[5..], (ushort)all); // REGSTRT
        return NvmeStatus.Success;
    }
}
