namespace Migrate.Target.Protocol;

/// <summary>Why a connection is terminated (FES of a termination request; NVMe/TCP 1.0, 3.6.2.4 and 3.6.2.5).</summary>
internal enum FatalErrorStatus : ushort
{
    InvalidHeaderField = 1,
    SequenceError = 2,
    HeaderDigestError = 3,
    DataOutOfRange = 4,
    TransferLimitExceeded = 5,
    UnsupportedParameter = 6,
}
