namespace Migrate.Target.Protocol;

/// <summary>Admin opcodes (NVM Express Base 2.0, figure 138).</summary>
internal static class AdminOpcode
{
    public const byte GetLogPage = 0x02;
    public const byte Identify = 0x06;
    public const byte Abort = 0x08;
    public const byte SetFeatures = 0x09;
    public const byte GetFeatures = 0x0A;
    public const byte AsyncEventRequest = 0x0C;
    public const byte KeepAlive = 0x18;
}

/// <summary>I/O opcodes (NVM Command Set 1.0, 3.1).</summary>
internal static class NvmOpcode
{
    public const byte Flush = 0x00;
    public const byte Write = 0x01;
    public const byte Read = 0x02;
    public const byte Compare = 0x05;
    public const byte WriteZeroes = 0x08;
    public const byte DatasetManagement = 0x09;
    public const byte Verify = 0x0C;
    public const byte ReservationRegister = 0x0D;
    public const byte ReservationReport = 0x0E;
    public const byte ReservationAcquire = 0x11;
    public const byte ReservationRelease = 0x15;
    public const byte Copy = 0x19;
}

/// <summary>Fabrics: one opcode on every queue, the type says which command (NVM Express Base 2.0, 6).</summary>
internal static class Fabrics
{
    public const byte Opcode = 0x7F;
    public const byte PropertySet = 0x00;
    public const byte Connect = 0x01;
    public const byte PropertyGet = 0x04;
    public const byte AuthenticationSend = 0x05;
    public const byte AuthenticationReceive = 0x06;
    public const byte Disconnect = 0x08;
}
