using Migrate.Target.Protocol;

namespace Migrate.Target.Controllers;

/// <summary>Get Features and Set Features (NVM Express Base 2.0, 5.15 and 5.27).</summary>
internal static class FeatureCommands
{
    private const uint Save = 1u << 31;
    private const int Current = 0;
    private const int Default = 1;
    private const int Saved = 2;
    private const int Supported = 3;
    private const uint Changeable = 1 << 2;

    public static ushort Get(in SubmissionEntry entry, Controller controller, CommandReply reply)
    {
        var feature = (byte)entry.Cdw10;
        var select = (int)(entry.Cdw10 >> 8) & 7;
        var features = controller.Features;
        uint? value = feature switch
        {
            ControllerFeatures.VolatileWriteCache => features.WriteCache ? 1u : 0,
            ControllerFeatures.NumberOfQueues => features.QueueCounts,
            ControllerFeatures.AsyncEventConfiguration => controller.Events.Configuration,
            ControllerFeatures.KeepAliveTimer => controller.KeepAliveMs,
            ControllerFeatures.HostIdentifier => 0,
            ReservationFeatures.Mask or ReservationFeatures.Persistence => ReservationFeatures.Get(feature, entry.Nsid, controller),
            _ => features.Kept.TryGetValue(feature, out var kept) ? kept : null,
        };
        if (value is null || select is not (Current or Default or Saved or Supported))
        {
            return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        if (select == Supported)
        {
            reply.Result = feature == ControllerFeatures.HostIdentifier ? 0 : Changeable;
            return NvmeStatus.Success;
        }

        if (select is Default or Saved)
        {
            // Nothing is saved; what a feature has after a reset is its default.
            value = feature switch
            {
                ControllerFeatures.VolatileWriteCache => 1,
                ControllerFeatures.NumberOfQueues => (uint)((controller.Subsystem.Limits.MaxIoQueues - 1) * 0x10001),
                _ => 0,
            };
        }

        if (feature == ControllerFeatures.HostIdentifier)
        {
            controller.HostId.TryWriteBytes(reply.SetData(16), bigEndian: true, out _);
        }

        reply.Result = value.Value;
        return NvmeStatus.Success;
    }

    public static ushort Set(in SubmissionEntry entry, Controller controller, CommandReply reply)
    {
        if ((entry.Cdw10 & Save) != 0)
        {
            return NvmeStatus.FeatureNotSaveable | NvmeStatus.DoNotRetry;
        }

        var value = entry.Cdw11;
        switch ((byte)entry.Cdw10)
        {
            case ControllerFeatures.VolatileWriteCache:
                controller.Features.WriteCache = (value & 1) != 0;
                return NvmeStatus.Success;
            case ControllerFeatures.NumberOfQueues when (value & 0xFFFF) == 0xFFFF || value >> 16 == 0xFFFF:
                return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
            case ControllerFeatures.NumberOfQueues:
                reply.Result = controller.Features.GrantQueues(value);
                return NvmeStatus.Success;
            case ControllerFeatures.AsyncEventConfiguration:
                controller.Events.Configuration = value;
                return NvmeStatus.Success;
            case ControllerFeatures.KeepAliveTimer:
                controller.KeepAliveMs = value;
                return NvmeStatus.Success;
            case ReservationFeatures.Mask or ReservationFeatures.Persistence:
                return ReservationFeatures.Set((byte)entry.Cdw10, entry.Nsid, value, controller);
            case ControllerFeatures.HostIdentifier:
                return NvmeStatus.CommandSequenceError | NvmeStatus.DoNotRetry; // over fabrics it comes with Connect
            case var feature when controller.Features.Kept.ContainsKey(feature):
                controller.Features.Kept[feature] = value;
                return NvmeStatus.Success;
            default:
                return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }
    }
}
