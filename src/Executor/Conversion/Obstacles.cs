using Migrate.Planner;

namespace Migrate.Executor.Conversion;

/// <summary>Why a guest cannot be converted: found before anything of its disks is changed.</summary>
public static class Obstacles
{
    private const string Never = "or plan the VM with --convert never if it starts on virtio-scsi as it is";

    /// <summary>The first that stands in the way; null when nothing does.</summary>
    public static MigrateException? In(GuestFacts guest, string vm)
    {
        if (guest.Systems.Count > 1)
        {
            return new MigrateException(
                "conversion.several-systems", $"The disks of '{vm}' hold {guest.Systems.Count} operating systems ({string.Join(", ", guest.Systems)}): nobody knows which one is to be converted.",
                $"Remove what is not needed (an old system's partition, a rescue system, snapshots of a root file system) and start the run again, {Never}.");
        }

        if (!guest.IsOpen && OfType(guest, "BitLocker") is { } bitLocker)
        {
            return new MigrateException(
                "conversion.bitlocker", $"{bitLocker.Name} of '{vm}' is encrypted with BitLocker, and nothing on it can be changed from outside.",
                $"Suspend it in the guest and decrypt the system drive (manage-bde -off C:) before the move, {Never}.");
        }

        if (!guest.IsOpen && OfType(guest, "crypto_LUKS") is { } luks)
        {
            return new MigrateException(
                "conversion.luks", $"{luks.Name} of '{vm}' is encrypted with LUKS, and there is no key to open it.",
                $"Put virtio_scsi and virtio_pci into the guest's initramfs before the move (dracut --add-drivers, or /etc/initramfs-tools/modules), and plan the VM with --convert never.");
        }

        if (OfType(guest, "swsuspend") is { } suspended)
        {
            return new MigrateException(
                "conversion.hibernated", $"'{vm}' was hibernated into {suspended.Name}: its file systems are in use by a system that sleeps, and what is changed on them is lost or destroys them.",
                "Wake it at the source, shut it down and start the run again.");
        }

        if (guest.HibernationFile is [(byte)'h' or (byte)'H', (byte)'i' or (byte)'I', (byte)'b' or (byte)'B', (byte)'r' or (byte)'R', ..])
        {
            return new MigrateException(
                "conversion.hibernated", $"Windows in '{vm}' did not shut down but hibernated, as it does with fast startup: what is changed on its drives now destroys them.",
                "Switch fast startup off in the guest (powercfg /h off), shut it down and start the run again.");
        }

        if (guest.Systems.Count == 0)
        {
            return new MigrateException(
                "conversion.no-system", $"No operating system is recognised on the disks of '{vm}'.",
                $"See that the VM has all of its disks in the plan, {Never}: appliances often do.");
        }

        if (!guest.IsOpen)
        {
            return new MigrateException(
                "conversion.not-mountable", $"The operating system on {guest.Systems[0]} of '{vm}' cannot be mounted: {guest.Said}",
                $"Check the guest's file systems at the source and shut it down cleanly, then start the run again, {Never}.");
        }

        return guest.Type is "linux" or "windows" ? null : new MigrateException(
            "conversion.system-unknown", $"'{vm}' runs {(guest.Product.Length > 0 ? guest.Product : guest.Type)}, and virt-v2v converts Linux and Windows only.",
            "Plan the VM with --convert never: FreeBSD and its like bring virtio drivers themselves.");
    }

    private static GuestDevice? OfType(GuestFacts guest, string type) =>
        guest.Devices.Values.Where(x => x.Type.Equals(type, StringComparison.OrdinalIgnoreCase)).OrderBy(x => x.Name, StringComparer.Ordinal).FirstOrDefault();
}
