using Migrate.Target.Protocol;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Tests.Fuzzing;

/// <summary>
/// Judges what the target sends, whatever it was sent: every PDU is whole, of its direction, with the digests and the
/// alignment that were agreed, and answers a command that was asked.
/// </summary>
internal sealed class TargetJudge(WireState state)
{
    private const int LongestData = 256 * 1024;

    /// <summary>The termination request, once there was one: nothing may follow it.</summary>
    public TermReq? Termination { get; private set; }

    /// <summary>What the termination request says to have received.</summary>
    public byte[] Offending { get; private set; } = [];

    /// <summary>Data of one answer; for who looks whether it is somebody else's.</summary>
    public Action<ReadOnlyMemory<byte>>? DataSeen { get; init; }

    /// <summary>Takes whole PDUs off the front; returns how many bytes they had.</summary>
    /// <exception cref="FormatException">What is wrong with them.</exception>
    public int Take(ReadOnlyMemory<byte> sent)
    {
        var done = 0;
        while (sent.Length - done >= 8)
        {
            var pdu = sent[done..];
            var length = ReadInt32LittleEndian(pdu.Span[4..]);
            Must(length is >= 24 and < LongestData + 256, $"a PDU of {length} bytes");
            if (pdu.Length < length)
            {
                break;
            }

            Must(Termination is null, "a PDU behind the termination request");
            Take(pdu[..length], pdu.Span[0]);
            done += length;
        }

        return done;
    }

    private void Take(ReadOnlyMemory<byte> memory, byte type)
    {
        var pdu = memory.Span;
        var due = type switch { 0x01 => 128, 0x03 => 24, 0x05 => 24, 0x07 => 24, 0x09 => 24, _ => -1 };
        Must(pdu[2] == due, $"HLEN {pdu[2]} of a PDU of type {type:x2}");
        Must(state.IsInitialized || type is 0x01 or 0x03, $"type {type:x2} before ICResp");
        if (type is not (0x01 or 0x03))
        {
            Must(((pdu[1] & 1) != 0) == state.HeaderDigest, "HDGSTF not as agreed");
            Must(!state.HeaderDigest || ReadUInt32LittleEndian(pdu[due..]) == Crc32C.Compute(pdu[..due]), "wrong header digest");
        }

        var end = due + (state.HeaderDigest && type is not (0x01 or 0x03) ? 4 : 0);
        Must(type is 0x03 or 0x07 ? pdu.Length >= end : pdu.Length == end, $"PLEN {pdu.Length} of a PDU of type {type:x2}");
        switch (type)
        {
            case 0x01:
                Initialize(IcResp.Read(pdu));
                break;
            case 0x03:
                Termination = TermReq.Read(pdu);
                Offending = pdu[24..].ToArray();
                Must(Offending.Length <= 128, "a termination request with more than 128 bytes of header");
                break;
            case 0x05:
                var completion = CompletionEntry.Read(pdu[8..]);
                Must(state.Find(completion.CommandId) is not null, $"an answer to command {completion.CommandId}, which was not asked");
                state.Complete(completion.CommandId, completion.Status, completion.Result);
                break;
            case 0x07:
                TakeData(memory, end);
                break;
            case 0x09:
                TakeR2T(R2T.Read(pdu));
                break;
        }
    }

    private void Initialize(in IcResp response)
    {
        Must(!state.IsInitialized, "a second ICResp");
        Must(response.Version == 0 && response.ControllerDataAlignment <= 31 && response.MaxH2CData >= 4096, "ICResp out of range");
        state.IsInitialized = true;
        state.HeaderDigest = response.HeaderDigest;
        state.DataDigest = response.DataDigest;
        state.ControllerAlignment = (response.ControllerDataAlignment + 1) * 4;
        state.MaxH2CData = response.MaxH2CData;
    }

    private void TakeData(ReadOnlyMemory<byte> memory, int end)
    {
        var pdu = memory.Span;
        var part = C2HData.Read(pdu);
        var command = state.Find(part.CommandId);
        Must(command is not null, $"data for command {part.CommandId}, which was not asked");
        Must(part.Offset == command!.ReceivedData, $"data at {part.Offset} where {command.ReceivedData} was due");
        Must(part.DataLength > 0 && part.Offset + (long)part.DataLength <= command.MostData, $"{part.DataLength} bytes at {part.Offset} for {command.MostData}");
        var digest = state.DataDigest ? 4 : 0;
        var data = memory[pdu[3]..^digest];
        Must(pdu[3] >= end && pdu[3] % state.HostAlignment == 0 && data.Length == (int)part.DataLength, "data at the wrong place");
        Must(((pdu[1] & 2) != 0) == state.DataDigest, "DDGSTF not as agreed");
        Must(!state.DataDigest || ReadUInt32LittleEndian(pdu[^4..]) == Crc32C.Compute(data.Span), "wrong data digest");
        DataSeen?.Invoke(data);
        command.ReceivedData += part.DataLength;
        if ((pdu[1] & PduFlags.LastPdu) != 0)
        {
            command.ReceivedData = 0;
        }

        if ((pdu[1] & PduFlags.Success) != 0)
        {
            Must((pdu[1] & PduFlags.LastPdu) != 0, "SUCCESS without LAST_PDU");
            state.Complete(part.CommandId, NvmeStatus.Success, 0);
        }
    }

    private void TakeR2T(in R2T request)
    {
        Must(state.Find(request.CommandId) is { } command && request.DataLength > 0
            && request.Offset + (long)request.DataLength <= command.MostData, $"R2T for {request.Offset}+{request.DataLength} of command {request.CommandId}");
        Must(state.Transfers.TryAdd(request.TransferTag, new WireState.OpenTransfer(request.CommandId, request.Offset, request.DataLength)),
            $"transfer tag {request.TransferTag} is in use");
    }

    private static void Must(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new FormatException($"the target sent {what}");
        }
    }
}
