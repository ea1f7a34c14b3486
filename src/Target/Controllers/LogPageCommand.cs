using System.Net;
using System.Text;
using Migrate.Target.Protocol;
using Migrate.Target.Statistics;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Migrate.Target.Controllers;

/// <summary>Get Log Page (NVM Express Base 2.0, 5.16). A page is made whole, then the asked-for part of it is sent.</summary>
internal static class LogPageCommand
{
    private const byte SupportedPages = 0x00;
    private const byte Errors = 0x01;
    private const byte Health = 0x02;
    private const byte Firmware = 0x03;
    private const byte ChangedNamespaces = 0x04;
    private const byte Effects = 0x05;
    private const byte AsymmetricAccess = 0x0C;
    private const byte FeatureEffects = 0x12;
    private const byte Discovery = 0x70;
    private const byte Reservations = 0x80;
    private const uint Retain = 1 << 15;
    private const uint GroupsOnly = 1 << 8; // of the ANA log page: LSP bit 0, RGO

    public static ushort Execute(in SubmissionEntry entry, Controller controller, SubsystemTable subsystems, IPAddress reachedAt, CommandReply reply)
    {
        var retain = (entry.Cdw10 & Retain) != 0;
        var id = (byte)entry.Cdw10;
        var offset = entry.Quad(48);
        var page = id switch
        {
            SupportedPages => Supported(controller.IsDiscovery),
            Errors => ErrorPage(controller),
            Health when !controller.IsDiscovery => HealthPage(controller, subsystems.Statistics),
            Firmware when !controller.IsDiscovery => FirmwarePage(),
            ChangedNamespaces when !controller.IsDiscovery => ChangedPage(controller, retain),
            Effects when !controller.IsDiscovery => EffectsPage(),
            AsymmetricAccess when !controller.IsDiscovery => AnaLog.Page(controller, groupsOnly: (entry.Cdw10 & GroupsOnly) != 0),
            FeatureEffects when !controller.IsDiscovery => FeatureEffectsPage(controller),
            Reservations when !controller.IsDiscovery => controller.ReservationLog.Take(),
            Discovery when controller.IsDiscovery => DiscoveryPage(controller, subsystems, reachedAt, isStart: offset == 0),
            _ => null,
        };
        if (page is null)
        {
            return NvmeStatus.InvalidLogPage | NvmeStatus.DoNotRetry;
        }

        var length = ((long)((entry.Cdw10 >> 16) | (entry.Cdw11 << 16)) + 1) * 4;
        if (offset > (ulong)page.Length || offset % 4 != 0 || length > SubsystemLimits.MaxTransferBytes)
        {
            return NvmeStatus.InvalidField | NvmeStatus.DoNotRetry;
        }

        var part = page.AsSpan((int)offset);
        part[..(int)Math.Min(part.Length, length)].CopyTo(reply.SetData((int)length));
        if (!retain)
        {
            controller.Events.LogPageRead(id);
            if (id == Reservations && !controller.ReservationLog.IsEmpty)
            {
                controller.Events.Raise(AsyncEvents.Reservation); // the next page
            }
        }

        return NvmeStatus.Success;
    }

    private static byte[] Supported(bool isDiscovery)
    {
        var page = new byte[1024];
        byte[] supported = isDiscovery
            ? [SupportedPages, Errors, Discovery]
            : [SupportedPages, Errors, Health, Firmware, ChangedNamespaces, Effects, AsymmetricAccess, FeatureEffects, Reservations];
        foreach (var id in supported)
        {
            page[id * 4] = 1;
        }

        return page;
    }

    // A log that does not fit one command is read in parts: they must be parts of the same one, which the reader checks by GENCTR
    // only when it has them all.
    private static byte[] DiscoveryPage(Controller controller, SubsystemTable subsystems, IPAddress reachedAt, bool isStart)
    {
        if (isStart || controller.DiscoveryPage is null)
        {
            controller.DiscoveryPage = DiscoveryLog.Page(subsystems, controller, reachedAt);
        }

        return controller.DiscoveryPage;
    }

    private static byte[] ErrorPage(Controller controller)
    {
        var page = new byte[SubsystemLimits.ErrorLogEntries * ErrorLog.EntrySize];
        controller.Errors.Write(page);
        return page;
    }

    /// <summary>SMART / health (5.16.1.3): the counters are true; a process has no spare blocks, wear or temperature.</summary>
    private static byte[] HealthPage(Controller controller, StatisticsBook statistics)
    {
        var page = new byte[512];
        page[3] = 100; // available spare, percent
        page[4] = 10; // its threshold
        var all = statistics.Read().Namespaces;
        var totals = controller.Subsystem.Namespaces.All.Select(n => all.GetValueOrDefault(n.Uuid)).OfType<CommandTotals>().ToList();
        WriteInt64LittleEndian(page.AsSpan(32), Units(totals.Sum(t => t.Bytes(CommandClass.Read))));
        WriteInt64LittleEndian(page.AsSpan(48), Units(totals.Sum(t => t.Bytes(CommandClass.Write))));
        WriteInt64LittleEndian(page.AsSpan(64), totals.Sum(t => t.Commands(CommandClass.Read)));
        WriteInt64LittleEndian(page.AsSpan(80), totals.Sum(t => t.Commands(CommandClass.Write)));
        WriteInt64LittleEndian(page.AsSpan(128), (long)controller.Subsystem.Uptime.TotalHours);
        WriteUInt64LittleEndian(page.AsSpan(176), controller.Errors.Count);
        return page;

        // Data units are thousands of 512 bytes, rounded up.
        static long Units(long bytes) => (bytes + 511_999) / 512_000;
    }

    private static byte[] FirmwarePage()
    {
        var page = new byte[512];
        page[0] = 1; // active: slot 1
        var revision = page.AsSpan(8, 8);
        revision.Fill((byte)' ');
        Encoding.ASCII.GetBytes(IdentifyController.FirmwareRevision.AsSpan(0, Math.Min(8, IdentifyController.FirmwareRevision.Length)), revision);
        return page;
    }

    private static byte[] ChangedPage(Controller controller, bool retain)
    {
        var page = new byte[4096];
        var rest = page.AsSpan();
        foreach (var nsid in controller.Events.TakeChanged(retain))
        {
            WriteUInt32LittleEndian(rest, nsid);
            rest = rest[4..];
        }

        return page;
    }

    // Without scopes, which are optional: Linux calls everything but the lowest two bits of an I/O command "unusual effects".
    private static byte[] EffectsPage()
    {
        const byte supported = 0x01;
        const byte changesContent = 0x02;
        var page = new byte[4096];
        byte[] admin =
        [
            AdminOpcode.GetLogPage, AdminOpcode.Identify, AdminOpcode.Abort, AdminOpcode.SetFeatures, AdminOpcode.GetFeatures,
            AdminOpcode.AsyncEventRequest, AdminOpcode.KeepAlive,
        ];
        foreach (var opcode in admin)
        {
            page[opcode * 4] = supported;
        }

        const int ioAt = 1024;
        page[ioAt + (NvmOpcode.Flush * 4)] = supported;
        page[ioAt + (NvmOpcode.Read * 4)] = supported;
        page[ioAt + (NvmOpcode.Write * 4)] = supported | changesContent;
        page[ioAt + (NvmOpcode.WriteZeroes * 4)] = supported | changesContent;
        page[ioAt + (NvmOpcode.DatasetManagement * 4)] = supported | changesContent;
        page[ioAt + (NvmOpcode.Compare * 4)] = supported;
        page[ioAt + (NvmOpcode.Verify * 4)] = supported;
        page[ioAt + (NvmOpcode.ReservationRegister * 4)] = supported;
        page[ioAt + (NvmOpcode.ReservationReport * 4)] = supported;
        page[ioAt + (NvmOpcode.ReservationAcquire * 4)] = supported;
        page[ioAt + (NvmOpcode.ReservationRelease * 4)] = supported;
        page[ioAt + (NvmOpcode.Copy * 4)] = supported | changesContent;
        return page;
    }

    /// <summary>Feature identifiers supported and effects (5.16.1.19): each acts on this controller only, or on one namespace.</summary>
    private static byte[] FeatureEffectsPage(Controller controller)
    {
        const byte controllerScope = 0x20;
        const byte namespaceScope = 0x10;
        var page = new byte[1024];
        foreach (var feature in controller.Features.Identifiers)
        {
            page[feature * 4] = 1;
            page[(feature * 4) + 2] = controllerScope;
        }

        foreach (var feature in new[] { ReservationFeatures.Mask, ReservationFeatures.Persistence })
        {
            page[feature * 4] = 1;
            page[(feature * 4) + 2] = namespaceScope;
        }

        return page;
    }
}
