namespace Migrate.Target.Protocol;

/// <summary>Bits of the common header's FLAGS (NVMe/TCP 1.0, 3.6.1); the last two exist on data PDUs only.</summary>
internal static class PduFlags
{
    public const byte HeaderDigest = 0x01;
    public const byte DataDigest = 0x02;
    public const byte LastPdu = 0x04;
    public const byte Success = 0x08;
}
