using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

/// <summary>Property Get and Set (NVM Express Base 2.0, 6.6 and 6.7): fabrics' way to the controller's registers.</summary>
internal static class PropertyCommands
{
    private const int SizeAt = 40;
    private const int OffsetAt = 44;
    private const int ValueAt = 48;

    public static ushort Get(in SubmissionEntry entry, Controller controller, CommandReply reply)
    {
        var isLong = (entry.Byte(SizeAt) & 7) == 1;
        var registers = controller.Registers;
        ulong? value = (entry.Dword(OffsetAt / 4), isLong) switch
        {
            (ControllerRegisters.CapOffset, true) => registers.Capabilities,
            (ControllerRegisters.VersionOffset, false) => ControllerRegisters.Version,
            (ControllerRegisters.ConfigurationOffset, false) => registers.Configuration,
            (ControllerRegisters.StatusOffset, false) => registers.Status,
            (ControllerRegisters.ResetOffset, false) => 0,
            _ => null,
        };
        reply.Result = value ?? 0;
        return value is null ? (ushort)(NvmeStatus.InvalidField | NvmeStatus.DoNotRetry) : NvmeStatus.Success;
    }

    public static ushort Set(in SubmissionEntry entry, Controller controller)
    {
        var isLong = (entry.Byte(SizeAt) & 7) == 1;
        if (isLong || entry.Dword(OffsetAt / 4) != ControllerRegisters.ConfigurationOffset)
        {
            return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        if (controller.Registers.Configure(entry.Dword(ValueAt / 4)))
        {
            controller.AbortIoConnections();
        }

        return NvmeStatus.Success;
    }
}
