namespace Migrate.Target.Protocol;

/// <summary>
/// Statuses (NVM Express Base 2.0, 3.3.3.2.1): status code in bits 7:0, type in bits 10:8, "do not retry" in bit 14: the
/// completion's status field without its phase bit, the form in which Linux logs them.
/// </summary>
internal static class NvmeStatus
{
    public const ushort DoNotRetry = 0x4000;

    /// <summary>The bits that say what happened.</summary>
    public const ushort TypeAndCode = 0x7FF;

    public const ushort Success = 0x000;
    public const ushort InvalidOpcode = 0x001;
    public const ushort InvalidField = 0x002;
    public const ushort InternalError = 0x006;
    public const ushort FailedFused = 0x009;
    public const ushort MissingFused = 0x00A;
    public const ushort InvalidNamespace = 0x00B;
    public const ushort CommandSequenceError = 0x00C;
    public const ushort DataSglLengthInvalid = 0x00F;
    public const ushort SglTypeInvalid = 0x011;
    public const ushort AtomicWriteUnitExceeded = 0x014;
    public const ushort SglOffsetInvalid = 0x016;
    public const ushort HostIdentifierFormat = 0x018;
    public const ushort KeepAliveTimeoutInvalid = 0x01A;
    public const ushort NamespaceWriteProtected = 0x020;
    public const ushort TransientTransportError = 0x022;
    public const ushort LbaOutOfRange = 0x080;
    public const ushort CapacityExceeded = 0x081;
    public const ushort NamespaceNotReady = 0x082;
    public const ushort ReservationConflict = 0x083;

    public const ushort AsyncEventLimitExceeded = 0x105;
    public const ushort InvalidLogPage = 0x109;
    public const ushort FeatureNotSaveable = 0x10D;

    public const ushort ConnectIncompatibleFormat = 0x180;
    public const ushort ConnectControllerBusy = 0x181;
    public const ushort ConnectInvalidParameters = 0x182;
    public const ushort ConnectInvalidHost = 0x184;
    public const ushort InvalidQueueType = 0x185;

    // The same codes mean other things to I/O commands.
    public const ushort CommandSizeLimitExceeded = 0x183;
    public const ushort OverlappingRange = 0x187;
    public const ushort AuthenticationRequired = 0x191;

    public const ushort WriteFault = 0x280;
    public const ushort UnrecoveredReadError = 0x281;
    public const ushort CompareFailure = 0x285;

    // Path related: never with "do not retry", which would keep hosts from taking another path.
    public const ushort AnaPersistentLoss = 0x301;
    public const ushort AnaInaccessible = 0x302;
    public const ushort AnaTransition = 0x303;

    public static int Type(ushort status) => (status >> 8) & 7;

    public static int Code(ushort status) => status & 0xFF;

    /// <summary>The status in words, for messages.</summary>
    public static string Describe(ushort status) => (status & TypeAndCode) switch
    {
        Success => "success",
        InvalidOpcode => "the target does not know the command",
        InvalidField => "a field of the command is not valid",
        InternalError => "the target met an internal error",
        InvalidNamespace => "the namespace does not exist, or is not online",
        CommandSequenceError => "the command does not belong here in the sequence",
        DataSglLengthInvalid => "the data's length does not fit the command",
        NamespaceWriteProtected => "the target's storage is read-only",
        TransientTransportError => "the data was damaged on the way (data digest)",
        LbaOutOfRange => "the range ends behind the namespace's end",
        CapacityExceeded => "the target's storage is full",
        NamespaceNotReady => "the target's storage is gone",
        ReservationConflict => "the namespace is granted to another host, or reserved by one",
        ConnectIncompatibleFormat => "the target does not know this format of Connect",
        ConnectControllerBusy => "the target takes no more controllers",
        ConnectInvalidParameters => "the target refuses a parameter of Connect (is the subsystem's NQN right?)",
        ConnectInvalidHost => "the target does not accept this host's NQN",
        AuthenticationRequired => "the target wants this host to authenticate first",
        WriteFault => "the target's storage failed to write",
        UnrecoveredReadError => "the target's storage failed to read",
        CompareFailure => "the data is not what it was compared with",
        AnaPersistentLoss => "the namespace cannot be reached by this path any more",
        AnaInaccessible => "the namespace cannot be reached by this path now",
        AnaTransition => "the namespace's access by this path is changing",
        _ => $"status 0x{status & TypeAndCode:x3}",
    };
}
