namespace Migrate.Executor.Sources.Nbd;

/// <summary>Numbers of the NBD protocol (proto.md of the NBD project), all big-endian on the wire.</summary>
internal static class NbdProtocol
{
    public const ulong ServerMagic = 0x4e42444d41474943; // "NBDMAGIC"
    public const ulong OptionMagic = 0x49484156454F5054; // "IHAVEOPT"
    public const ulong OptionReplyMagic = 0x0003e889045565a9;
    public const uint RequestMagic = 0x25609513;
    public const uint SimpleReplyMagic = 0x67446698;
    public const uint StructuredReplyMagic = 0x668e33ef;

    public const ushort FixedNewstyle = 1;
    public const ushort NoZeroes = 2;

    public const int RequestBytes = 28;
    public const string AllocationContext = "base:allocation";
    public const uint AllocationHole = 1;
    public const uint AllocationZero = 2;

    /// <summary>What a server without a limit of its own must bear.</summary>
    public const int LargestPayload = 32 << 20;
}

internal enum NbdOption : uint
{
    Abort = 2,
    StartTls = 5,
    Go = 7,
    StructuredReply = 8,
    SetMetaContext = 10,
}

internal enum NbdOptionReply : uint
{
    Ack = 1,
    Info = 3,
    MetaContext = 4,
    Unsupported = 0x80000001,
    Policy = 0x80000002,
    Invalid = 0x80000003,
    Platform = 0x80000004,
    TlsRequired = 0x80000005,
    UnknownExport = 0x80000006,
    Shutdown = 0x80000007,
    BlockSizeRequired = 0x80000008,
    TooBig = 0x80000009,
}

internal enum NbdInfo : ushort
{
    Export = 0,
    BlockSize = 3,
}

[Flags]
internal enum NbdExportFlags : ushort
{
    None = 0,
    MultipleConnections = 1 << 8,
}

internal enum NbdCommand : ushort
{
    Read = 0,
    Disconnect = 2,
    BlockStatus = 7,
}

internal enum NbdChunk : ushort
{
    None = 0,
    OffsetData = 1,
    OffsetHole = 2,
    BlockStatus = 5,
    Error = 0x8001,
    ErrorOffset = 0x8002,
}

/// <summary>What was agreed with the server about the export.</summary>
/// <param name="SizeBytes">Size of the export.</param>
/// <param name="MinimumBlock">Reads must be multiples of this, at multiples of it.</param>
/// <param name="MaximumPayload">Longest read.</param>
/// <param name="MultipleConnections">Several connections see the same disk.</param>
/// <param name="StructuredReplies">Reads may be answered in parts and with holes.</param>
/// <param name="AllocationContext">Id of base:allocation; null when the server cannot tell what is allocated.</param>
internal sealed record NbdExport(long SizeBytes, int MinimumBlock, int MaximumPayload, bool MultipleConnections, bool StructuredReplies, uint? AllocationContext);
