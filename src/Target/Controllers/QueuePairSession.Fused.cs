using Migrate.Target.Commands;
using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;

namespace Migrate.Target.Controllers;

// Fused operations (NVM Express Base 2.0, 3.4.2): a Compare and the Write behind it, done as one when the data of both is there.
// They are answered in their order; when one half fails, so does the other.
internal sealed partial class QueuePairSession
{
    private const byte FuseMask = 0x03;

    // From a first half until the next command, which must be its second; no first half, then, is one that has failed.
    private bool _expectsSecondHalf;
    private IoCommand? _firstHalf;

    /// <summary>False when the command is a half of a fused operation, which is then taken care of.</summary>
    private bool IsOrdinary(in SubmissionEntry entry, ReadOnlySpan<byte> data, bool isIntact)
    {
        var half = (FusedHalf)(entry.Flags & FuseMask);
        var (first, wasExpected) = (_firstHalf, _expectsSecondHalf);
        (_firstHalf, _expectsSecondHalf) = (null, half == FusedHalf.First);
        if (first is not null && half != FusedHalf.Second)
        {
            Fail(first, NvmeStatus.MissingFused);
        }

        switch (half)
        {
            case FusedHalf.None:
                return true;
            case FusedHalf.First:
                TakeFirstHalf(entry, data, isIntact);
                return false;
            case FusedHalf.Second when first is not null:
                TakeSecondHalf(entry, data, isIntact, first);
                return false;
            case FusedHalf.Second:
                Respond(entry, wasExpected ? NvmeStatus.FailedFused : NvmeStatus.MissingFused);
                return false;
            default:
                Respond(entry, NvmeStatus.InvalidField | NvmeStatus.DoNotRetry);
                return false;
        }
    }

    private void TakeFirstHalf(in SubmissionEntry entry, ReadOnlySpan<byte> data, bool isIntact)
    {
        var status = CheckHalf(entry, NvmOpcode.Compare, isIntact, ref data, out var shape);
        if (status != NvmeStatus.Success)
        {
            Respond(entry, status);
            return;
        }

        var command = TakeHalf(entry, FusedHalf.First, shape);
        _firstHalf = command;
        Receive(command, entry.Sgl, data);
    }

    private void TakeSecondHalf(in SubmissionEntry entry, ReadOnlySpan<byte> data, bool isIntact, IoCommand first)
    {
        var status = CheckHalf(entry, NvmOpcode.Write, isIntact, ref data, out var shape);
        if (status == NvmeStatus.Success && (shape.Namespace != first.Namespace || shape.Length != first.Length || entry.Slba != first.Entry.Slba))
        {
            status = NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        if (status != NvmeStatus.Success)
        {
            Fail(first, NvmeStatus.FailedFused);
            Respond(entry, status);
            return;
        }

        var command = TakeHalf(entry, FusedHalf.Second, shape);
        (command.Partner, first.Partner) = (first, command);
        Receive(command, entry.Sgl, data);
    }

    private ushort CheckHalf(in SubmissionEntry entry, byte opcode, bool isIntact, ref ReadOnlySpan<byte> data, out HalfShape shape)
    {
        shape = default;
        if (!isIntact)
        {
            return NvmeStatus.TransientTransportError;
        }

        if (_subsystem.Namespaces.Find(entry.Nsid) is not { } one)
        {
            return NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry;
        }

        if (entry.Opcode != opcode)
        {
            return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        var status = CompareAndWriteCommand.Instance.Check(entry, one, out var moved);
        status = status == NvmeStatus.Success ? CheckWriteSgl(entry.Sgl, moved.FromHost, ref data) : status;
        if (status != NvmeStatus.Success)
        {
            return status;
        }

        status = TryEnter(one, Access.Write, _storage.Stripe, out var period);
        if (status == NvmeStatus.Success)
        {
            shape = new HalfShape(one, period.Backing!, moved.FromHost);
            period.Exit(_storage.Stripe);
        }

        return status;
    }

    private IoCommand TakeHalf(in SubmissionEntry entry, FusedHalf half, in HalfShape shape)
    {
        var command = Take(entry, shape.Namespace);
        command.Half = half;
        command.Since = shape.Since;
        command.Length = shape.Length;
        command.IsForced = IsForced(entry);
        return command;
    }

    /// <summary>The first half alone. One whose data is still on its way is answered when it is there.</summary>
    private void Fail(IoCommand first, ushort status)
    {
        first.Status = first.Status == NvmeStatus.Success ? status : first.Status;
        if (first.Phase == IoPhase.Fusing)
        {
            Finish(first);
        }
    }

    /// <summary>A half's data has come, intact or not.</summary>
    private void HalfIsThere(IoCommand command)
    {
        command.Phase = IoPhase.Fusing;
        if (command.Partner is { Phase: IoPhase.Fusing } partner)
        {
            var second = command.Half == FusedHalf.Second ? command : partner;
            Fuse(second.Partner!, second);
        }
        else if (command.Partner is null && command.Status != NvmeStatus.Success)
        {
            _firstHalf = _firstHalf == command ? null : _firstHalf;
            Finish(command);
        }
        else
        {
            EndIfDrained();
        }
    }

    private void Fuse(IoCommand first, IoCommand second)
    {
        if (first.Status == NvmeStatus.Success && second.Status == NvmeStatus.Success)
        {
            first.Phase = IoPhase.Storing;
            first.Status = NvmeStatus.FailedFused; // until it is compared
            second.Command = CompareAndWriteCommand.Instance;
            BeginExecute(second);
            return;
        }

        first.Status = first.Status == NvmeStatus.Success ? NvmeStatus.FailedFused : first.Status;
        second.Status = second.Status == NvmeStatus.Success ? NvmeStatus.FailedFused : second.Status;
        FinishBoth(second);
    }

    private void FinishBoth(IoCommand second)
    {
        Finish(second.Partner!);
        Finish(second);
    }

    private void FreeWithPartner(IoCommand command)
    {
        if (command.Partner is { } partner)
        {
            Free(partner);
        }

        Free(command);
    }

    private void DropFirstHalf()
    {
        if (_firstHalf is { Phase: IoPhase.Fusing } half)
        {
            _firstHalf = null;
            Free(half);
        }
    }

    private readonly record struct HalfShape(Namespace Namespace, Backing Since, int Length);
}
