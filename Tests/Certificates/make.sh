#!/bin/sh
# Makes the certificates and keys of this folder anew.
set -e
cd "$(dirname "$0")"
days=36500

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days $days -subj "/CN=Millrace test $1" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$1.key" -out "$1.pem"
}

# name authority subject extensions...
certificate() {
    name=$1 signer=$2 subject=$3
    shift 3
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$subject" -keyout "$name.key" -out request
    printf '%s\n' "$@" basicConstraints=CA:FALSE > extensions
    if [ "$name" = expired ]; then
        mkdir -p demo && : > demo/index && echo 01 > demo/serial
        printf '[ca]\ndefault_ca=d\n[d]\ndatabase=demo/index\nserial=demo/serial\nnew_certs_dir=demo\npolicy=p\ndefault_md=sha256\n[p]\ncommonName=supplied\n' > demo/config
        openssl ca -batch -config demo/config -cert "$signer.pem" -keyfile "$signer.key" -in request -notext \
            -startdate 20200101000000Z -enddate 20200102000000Z -extfile extensions -out "$name.pem"
        rm -r demo
    else
        openssl x509 -req -in request -CA "$signer.pem" -CAkey "$signer.key" -CAcreateserial -days $days \
            -extfile extensions -out "$name.pem"
    fi
    rm -f request extensions ./*.srl
}

authority ca
authority other-ca
names=subjectAltName=DNS:localhost,DNS:*.broker.test,IP:127.0.0.1,IP:::1
certificate server ca /CN=localhost "$names" extendedKeyUsage=serverAuth,clientAuth
certificate expired ca /CN=localhost "$names"
certificate client ca /O=Millrace/CN=alice extendedKeyUsage=clientAuth
certificate stranger other-ca /O=Elsewhere/CN=mallory "$names"
openssl pkcs8 -topk8 -in client.key -passout "pass:open sesame" -out client-encrypted.key
rm ca.key other-ca.key
