using Migrate.Planner;

namespace Migrate.Executor.Sources.Vmdk;

/// <summary>The ways in which a VMDK on this machine can be wrong. Each names the file.</summary>
internal static class VmdkFileFault
{
    public static MigrateException Corrupt(string path, string what, Exception? inner = null) => new("source.vmdk-corrupt", $"{path} is damaged: {what}.",
        "Check the file where it came from (vmkfstools -x check, qemu-img check) and copy it again.", inner);

    public static MigrateException Truncated(string path, string what) => new("source.vmdk-truncated", $"{path} is shorter than it says: {what}.", "Copy the file again, whole.");

    public static MigrateException Unsupported(string path, string what, string remedy) => new("source.vmdk-unsupported", $"{path} cannot be read here: {what}.", remedy);

    public static MigrateException Missing(string path, string wantedBy, Exception? inner = null) => new("source.vmdk-file-missing", $"{wantedBy} needs the file {path}, which cannot be opened.",
        "Copy all files of the disk, its snapshots' included, into one directory.", inner);

    public static MigrateException Outside(string name, string wantedBy) => new("source.vmdk-outside", $"{wantedBy} names the file '{name}', which lies outside its own directory.",
        "Put the disk's files into one directory, or allow the other directory when that is meant.");

    public static MigrateException ParentLoop(string path) => new("source.vmdk-parent-loop", $"The chain of parents of {path} leads back to itself or does not end.", "Mend parentFileNameHint in the descriptors, or copy the chain again.");

    public static MigrateException ParentChanged(string path, string child) => new("source.vmdk-parent-changed",
        $"{path} was changed after {child} was made on top of it: their content ids differ.", "Copy the whole chain again from the VM while nothing writes to it.");
}
