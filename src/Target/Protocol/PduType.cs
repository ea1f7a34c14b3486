namespace Migrate.Target.Protocol;

/// <summary>PDU types (NVMe/TCP 1.0, 3.6.1, figure 22).</summary>
internal enum PduType : byte
{
    IcReq = 0x00,
    IcResp = 0x01,
    H2CTermReq = 0x02,
    C2HTermReq = 0x03,
    CapsuleCmd = 0x04,
    CapsuleResp = 0x05,
    H2CData = 0x06,
    C2HData = 0x07,
    R2T = 0x09,
}
