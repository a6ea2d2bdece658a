//! Runs the commands of a machine: a small shell of this world's own, which starts nothing on this computer.
//!
//! Comes in: commands as AWS-RunShellScript takes them, the machine's disk. Goes out: exit code and what was said.
//! Never: a process, a file, a variable or a connection of this computer; what a command changes is the machine's disk.
//! What this shell does not know is refused before anything is run, and says so.

mod builtin;
mod read;
mod syntax;
mod walk;

use super::disk::Disk;
use walk::{Stop, Walk};

/// Exit code of a script that cannot be read.
const UNREADABLE: i32 = 2;

/// What came of commands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

/// Runs commands on the machine with this disk.
pub(super) fn run(commands: &[String], disk: &mut Disk) -> Said {
    let script = match read::script(&commands.join("\n")) {
        Ok(script) => script,
        Err(unknown) => return Said { code: UNREADABLE, out: String::new(), err: format!("{unknown}\n") },
    };
    let mut said = Said::default();
    said.code = match Walk::new(disk).script(&script, &mut said.out, &mut said.err) {
        Ok(code) | Err(Stop(code)) => code,
    };
    said
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::disk::{Disk, Mount};
    use super::*;

    fn run(disk: &mut Disk, commands: &[&str]) -> Said {
        let commands: Vec<String> = commands.iter().map(|one| (*one).to_owned()).collect();
        super::run(&commands, disk)
    }

    fn disk(kind: &str) -> Disk {
        let mount = Mount::read(&format!("/data {kind} /dev/sdf")).unwrap();
        Disk::new(&mount, &json!({"VolumeId": "vol-0abc", "Size": 8}))
    }

    #[test]
    fn the_machine_tells_of_its_file_system() {
        let said = run(
            &mut disk("xfs"),
            &[
                "set -eu",
                "findmnt -n -o SOURCE --target /data",
                "findmnt -n -o FSTYPE --target /data/logs",
                "lsblk -n -d -o PKNAME /dev/nvme1n1p1 | tr -d ' '",
                "lsblk -n -d -o TYPE /dev/nvme1n1p1",
                "lsblk -n -d -o SERIAL /dev/nvme1n1",
                "lsblk -n -d -b -o SIZE /dev/nvme1n1p1",
            ],
        );
        assert_eq!(said.out, "/dev/nvme1n1p1\nxfs\nnvme1n1\npart\nvol0abc\n8588886016\n", "{said:?}");
        assert_eq!((said.code, said.err.as_str()), (0, ""));
    }

    #[test]
    fn a_partition_and_a_file_system_grow_with_their_disk_each_when_it_is_told_to() {
        for (kind, grow) in [("xfs", "xfs_growfs /data"), ("ext4", "resize2fs /dev/nvme1n1p1")] {
            let mut disk = disk(kind);
            let before = disk.file_system();
            assert_eq!(run(&mut disk, &["growpart /dev/nvme1n1 1"]).code, 1, "it fills its disk");
            disk.resized(&json!({"Size": 10}));
            assert_eq!(run(&mut disk, &[grow]).code, 0);
            assert_eq!(disk.file_system(), before, "the partition is as small as before");
            assert_eq!(run(&mut disk, &["growpart /dev/nvme1n1 1", grow]).code, 0);
            assert_eq!(disk.file_system(), before + 2 * 1_073_741_824);
        }
        assert_ne!(run(&mut disk("ext4"), &["xfs_growfs /data"]).code, 0);
        assert_ne!(run(&mut disk("xfs"), &["resize2fs /dev/nvme1n1p1"]).code, 0);
    }

    #[test]
    fn commands_mean_what_they_mean_in_a_shell() {
        let cases = [
            ("a='x  y'; echo $a \"$a\" '$a'", "x y x  y $a\n", 0),
            ("echo \"${none:-${other:-d}}\" $(echo $(echo in)) end", "d in end\n", 0),
            ("if [ a = b ]; then echo no; elif [ -n x ]; then echo yes; else echo no; fi", "yes\n", 0),
            ("case abc in x*|y) echo no ;; a?c) echo yes ;; *) echo no ;; esac", "yes\n", 0),
            ("case 'a*' in a\\*) echo yes ;; esac; case ab in 'a*') echo no ;; esac", "yes\n", 0),
            ("set -e\nfalse || echo go; ! true; echo on; false; echo no", "go\non\n", 1),
            ("set -e; x=$(false); echo no", "", 1),
            ("set -e; if false; then echo no; fi; false && echo no; echo on", "on\n", 0),
            ("set -u; echo a; echo $none; echo no", "a\n", 1),
            ("said=$(echo no >&2; exit 3) || echo \"$? $said\"", "3 \n", 0),
            ("said=$(nothing-like-it 2>&1) || case \"$said\" in *'not found'*) echo told ;; esac", "told\n", 0),
            ("printf '%s-%s\\n' a b; echo -n c; # and no more", "a-b\nc", 0),
            ("[ 10 -ge 9 ] && [ ! -z x ] && echo yes", "yes\n", 0),
            ("echo 'a b' | tr -d ' ' | tr -d b", "a\n", 0),
            ("exit 7; echo no", "", 7),
        ];
        for (script, out, code) in cases {
            let said = run(&mut disk("xfs"), &[script]);
            assert_eq!((said.out.as_str(), said.code), (out, code), "{script}: {said:?}");
        }
    }

    #[test]
    fn nothing_of_this_computer_is_reached() {
        let folder = tempfile::tempdir().unwrap();
        let (file, at) = (folder.path().join("there"), folder.path().display().to_string());
        std::fs::write(&file, "of this computer").unwrap();
        for command in [
            "/bin/ls /",
            "rm AT/there",
            "echo x > AT/here",
            "echo x >> AT/here",
            "echo x >| AT/here",
            "echo x <> AT/here",
            "echo x &> AT/here",
            "exec 3<AT/there",
            "cat < AT/there",
            "read x < AT/there && echo $x",
            "echo $(< AT/there)",
            "mapfile x < AT/there",
            ". AT/there",
            "source AT/there",
            "exec 3</dev/tcp/127.0.0.1/22",
            "PATH=/bin rm AT/there",
            "export PATH=/bin; rm AT/there",
            "hash -p /bin/rm rm && rm AT/there",
            "BASH_CMDS[rm]=/bin/rm && rm AT/there",
            "bash -c 'rm AT/there'",
            "exec rm AT/there",
            "kill -0 $$",
            "kill -0 1",
            "enable -f AT/there x",
            "command -p ls",
            "cat() { rm AT/there; }; cat",
            "export -f df",
            "LD_PRELOAD=AT/there LD_DEBUG_OUTPUT=AT/here LD_DEBUG=all nothing",
            "MACHINE=AT growpart /dev/nvme1n1 1",
            "set -o history; HISTFILE=AT/here; history -w AT/here",
            "sleep 1 & rm AT/there",
            "`rm AT/there`",
            "while true; do true; done",
            "eval rm AT/there",
            "trap 'rm AT/there' EXIT; exit 1",
            "cd AT && rm there",
            "[ -e AT/there ]",
            "test -f AT/there",
            "echo AT/*; false",
        ] {
            let said = run(&mut disk("xfs"), &[&command.replace("AT", &at)]);
            assert_ne!(said.code, 0, "{command}: {said:?}");
            let told = format!("{}{}", said.out, said.err);
            assert!(!told.contains("of this computer"), "{command}: {said:?}");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "of this computer");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_not_known_is_said_before_anything_is_run() {
        let mut disk = disk("xfs");
        disk.resized(&json!({"Size": 10}));
        let before = disk.file_system();
        let said = run(&mut disk, &["growpart /dev/nvme1n1 1; xfs_growfs /data", "for x in 1 2; do echo $x; done"]);
        assert_eq!((said.code, said.out.as_str()), (2, ""));
        assert!(said.err.contains("`for`") && said.err.contains("docs/local-world.md"), "{said:?}");
        assert_eq!(disk.file_system(), before);
    }

    #[test]
    fn what_cannot_be_read_ends_and_says_so() {
        for script in ["'", "\"$(", "if true", "case x in", "${a", "a |", "&& b", "echo )", &"$(".repeat(10_000)] {
            let said = run(&mut disk("xfs"), &[script]);
            assert!(said.code == 2 && !said.err.is_empty(), "{script:.20}: {said:?}");
        }
    }
}
