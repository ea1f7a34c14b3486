using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

/// <summary>What the controllers of the subsystem offer; the numbers that hosts read in CAP, Identify and ICResp.</summary>
internal sealed record SubsystemLimits(int MaxIoQueues, int MaxQueueEntries, int InCapsuleBytes)
{
    /// <summary>Which machine and which process this is.</summary>
    public TargetIdentity Identity { get; } = TargetIdentity.OfThisProcess();

    /// <summary>Data that one connection may have under way from the host, and as much again in the storage's hands.</summary>
    public long ConnectionBytes { get; init; } = 4L << 20;

    /// <summary>MDTS 6: 2^6 pages of 4 KiB per command.</summary>
    public const byte MaxTransferShift = 6;
    public const int MaxTransferBytes = 4096 << MaxTransferShift;

    /// <summary>MAXH2CDATA: the longest data of one H2CData PDU.</summary>
    public const int MaxH2CData = 128 * 1024;

    /// <summary>WZSL 13: one Write Zeroes covers up to 2^13 pages of 4 KiB, which 16 bits of 512-byte blocks can say.</summary>
    public const byte WriteZeroesShift = 13;
    public const long MaxWriteZeroesBytes = 4096L << WriteZeroesShift;

    /// <summary>VSL 13: one Verify reads up to 2^13 pages of 4 KiB.</summary>
    public const byte VerifyShift = 13;
    public const long MaxVerifyBytes = 4096L << VerifyShift;

    /// <summary>ACWU + 1: blocks of a fused Compare and Write.</summary>
    public const int AtomicCompareBlocks = 64;

    /// <summary>MSRC, 0's based: source ranges of one Copy.</summary>
    public const byte MostCopyRanges = 127;

    /// <summary>MSSRL in bytes: one source range of a Copy.</summary>
    public const int MaxCopyRangeBytes = 16 << 20;

    /// <summary>MCL in bytes: all of them. A worker is busy for as long as that takes.</summary>
    public const int MaxCopyBytes = 64 << 20;

    /// <summary>In-capsule data of admin and fabrics commands is always up to this (NVMe/TCP 1.0, 3.6.2.6).</summary>
    public const int AdminInCapsuleBytes = 8192;

    public const int MaxAsyncEvents = 4;

    public const int ErrorLogEntries = 64;
}
