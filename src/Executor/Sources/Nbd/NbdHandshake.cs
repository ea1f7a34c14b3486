using System.Buffers.Binary;
using System.Text;

namespace Migrate.Executor.Sources.Nbd;

/// <summary>
/// Agrees with a server on an export: fixed newstyle, TLS if asked for, structured replies and base:allocation where the server has them, then GO.
/// </summary>
internal sealed class NbdHandshake(NbdStream stream, NbdEndpoint endpoint)
{
    /// <summary>An option's answer is a few names; a longer one is no NBD server.</summary>
    private const int LongestReply = 64 << 10;

    /// <summary>Replies to one option; a server that talks on and on is not waited for.</summary>
    private const int MostReplies = 256;

    public async Task<NbdExport> RunAsync(CancellationToken cancellationToken)
    {
        if (await stream.ReadUInt64Async(cancellationToken) != NbdProtocol.ServerMagic || await stream.ReadUInt64Async(cancellationToken) != NbdProtocol.OptionMagic)
        {
            throw NbdFault.Protocol(endpoint, "it does not greet as a newstyle NBD server");
        }
        var flags = await stream.ReadUInt16Async(cancellationToken);
        if ((flags & NbdProtocol.FixedNewstyle) == 0)
        {
            throw NbdFault.Protocol(endpoint, "it is older than the fixed newstyle handshake");
        }
        var answer = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(answer, (uint)(flags & (NbdProtocol.FixedNewstyle | NbdProtocol.NoZeroes)));
        await stream.WriteAsync(answer, cancellationToken);

        if (endpoint.UseTls)
        {
            var (refused, _) = await AskAsync(NbdOption.StartTls, [], cancellationToken);
            if (refused is { } why)
            {
                throw NbdFault.Tls(endpoint, $"it does not offer it ({why})");
            }
            await stream.StartTlsAsync(cancellationToken);
        }
        var structured = (await AskAsync(NbdOption.StructuredReply, [], cancellationToken)).Refused is null;
        var context = structured ? await AllocationContextAsync(cancellationToken) : null;
        return await GoAsync(structured, context, cancellationToken);
    }

    /// <summary>base:allocation's id; null when the server cannot tell.</summary>
    private async Task<uint?> AllocationContextAsync(CancellationToken cancellationToken)
    {
        var data = new Fields().UInt32Text(endpoint.Export).UInt32(1).UInt32Text(NbdProtocol.AllocationContext).ToArray();
        var (_, replies) = await AskAsync(NbdOption.SetMetaContext, data, cancellationToken);
        foreach (var (type, payload) in replies)
        {
            if (type == NbdOptionReply.MetaContext && payload.Length > 4 && Encoding.UTF8.GetString(payload.AsSpan(4)) == NbdProtocol.AllocationContext)
            {
                return BinaryPrimitives.ReadUInt32BigEndian(payload);
            }
        }
        return null;
    }

    private async Task<NbdExport> GoAsync(bool structured, uint? context, CancellationToken cancellationToken)
    {
        // Asking for block sizes promises to respect them.
        var data = new Fields().UInt32Text(endpoint.Export).UInt16(1).UInt16((ushort)NbdInfo.BlockSize).ToArray();
        var (refused, replies) = await AskAsync(NbdOption.Go, data, cancellationToken);
        if (refused is { } why)
        {
            throw NbdFault.Refused(endpoint, why, Message(replies));
        }
        NbdExport? export = null;
        var (minimum, maximum) = (1u, (uint)NbdProtocol.LargestPayload);
        foreach (var (type, payload) in replies)
        {
            if (type != NbdOptionReply.Info || payload.Length < 2)
            {
                continue;
            }
            switch ((NbdInfo)BinaryPrimitives.ReadUInt16BigEndian(payload))
            {
                case NbdInfo.Export when payload.Length == 12:
                    var size = BinaryPrimitives.ReadInt64BigEndian(payload.AsSpan(2));
                    var flags = (NbdExportFlags)BinaryPrimitives.ReadUInt16BigEndian(payload.AsSpan(10));
                    export = new NbdExport(size, 1, NbdProtocol.LargestPayload, flags.HasFlag(NbdExportFlags.MultipleConnections), structured, context);
                    break;
                case NbdInfo.BlockSize when payload.Length == 14:
                    (minimum, maximum) = (BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(2)), BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(10)));
                    break;
            }
        }
        if (export is not { SizeBytes: > 0 })
        {
            throw NbdFault.Protocol(endpoint, $"its export has {export?.SizeBytes.ToString() ?? "no"} bytes");
        }
        if (minimum is 0 or > 64 << 10 || !uint.IsPow2(minimum) || maximum < minimum || export.SizeBytes % minimum != 0)
        {
            throw NbdFault.Protocol(endpoint, $"its blocks are {minimum} to {maximum} bytes for {export.SizeBytes} bytes");
        }
        var payloadLimit = (int)Math.Min(maximum, NbdProtocol.LargestPayload);
        return export with { MinimumBlock = (int)minimum, MaximumPayload = payloadLimit - (payloadLimit % (int)minimum) };
    }

    /// <summary>Sends an option and gathers the replies up to the last; Refused is the error that ended them.</summary>
    private async Task<(NbdOptionReply? Refused, List<(NbdOptionReply Type, byte[] Payload)> Replies)> AskAsync(NbdOption option, byte[] data, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(new Fields().UInt64(NbdProtocol.OptionMagic).UInt32((uint)option).UInt32((uint)data.Length).Bytes(data).ToArray(), cancellationToken);
        var replies = new List<(NbdOptionReply, byte[])>();
        while (replies.Count < MostReplies)
        {
            var head = await stream.ReadArrayAsync(20, cancellationToken);
            var length = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(16));
            if (BinaryPrimitives.ReadUInt64BigEndian(head) != NbdProtocol.OptionReplyMagic || BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(8)) != (uint)option || length > LongestReply)
            {
                throw NbdFault.Protocol(endpoint, $"its reply to option {option} is none");
            }
            var type = (NbdOptionReply)BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(12));
            replies.Add((type, await stream.ReadArrayAsync((int)length, cancellationToken)));
            if (type == NbdOptionReply.Ack)
            {
                return (null, replies);
            }
            if ((uint)type >= (uint)NbdOptionReply.Unsupported)
            {
                return (type, replies);
            }
        }
        throw NbdFault.Protocol(endpoint, $"its replies to option {option} do not end");
    }

    private static string Message(List<(NbdOptionReply, byte[] Payload)> replies)
    {
        var text = Encoding.UTF8.GetString(replies[^1].Payload);
        return new string([.. text.Where(c => !char.IsControl(c)).Take(200)]);
    }

    /// <summary>Big-endian fields one after another.</summary>
    private sealed class Fields
    {
        private readonly List<byte> _bytes = [];

        public Fields UInt16(ushort value) => Bytes([(byte)(value >> 8), (byte)value]);

        public Fields UInt32(uint value) => UInt16((ushort)(value >> 16)).UInt16((ushort)value);

        public Fields UInt64(ulong value) => UInt32((uint)(value >> 32)).UInt32((uint)value);

        public Fields UInt32Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            return UInt32((uint)bytes.Length).Bytes(bytes);
        }

        public Fields Bytes(ReadOnlySpan<byte> bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }

        public byte[] ToArray() => [.. _bytes];
    }
}
