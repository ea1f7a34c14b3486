using Migrate.Target.Namespaces;
using Migrate.Target.Protocol;
using Migrate.Target.Reservations;

namespace Migrate.Target.Controllers;

/// <summary>Reservation Notification Mask and Reservation Persistence (NVM Express Base 2.0, 5.27.1.27 and 5.27.1.28): features of namespaces.</summary>
internal static class ReservationFeatures
{
    public const byte Mask = 0x82;
    public const byte Persistence = 0x83;

    private const uint AllNamespaces = uint.MaxValue;
    private const uint MaskBits = 0x0E;

    /// <summary>The current value; null when there is no such namespace.</summary>
    public static uint? Get(byte feature, uint nsid, Controller controller) => controller.Subsystem.Namespaces.Find(nsid) switch
    {
        null => null,
        var one when feature == Persistence => one.Reservations.State.Persists ? 1u : 0,
        var one => controller.ReservationLog.MaskOf(one.Nsid),
    };

    public static ushort Set(byte feature, uint nsid, uint value, Controller controller)
    {
        var all = controller.Subsystem.Namespaces;
        IReadOnlyList<Namespace> concerned = nsid == AllNamespaces ? [.. all.All] : all.Find(nsid) is { } one ? [one] : [];
        if (concerned.Count == 0 && nsid != AllNamespaces)
        {
            return NvmeStatus.InvalidNamespace | NvmeStatus.DoNotRetry;
        }

        if (feature == Mask && (value & ~MaskBits) != 0)
        {
            return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        foreach (var each in concerned)
        {
            if (feature == Mask)
            {
                controller.ReservationLog.Mask(each.Nsid, value);
                continue;
            }

            try
            {
                each.Reservations.Change(now => ReservationOutcome.Done(now with { Persists = (value & 1) != 0 }), out _);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return NvmeStatus.InternalError; // nothing was changed that is not kept
            }
        }

        return NvmeStatus.Success;
    }
}
